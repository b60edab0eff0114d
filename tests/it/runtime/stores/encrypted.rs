//! Connections to a server that has a certificate, signed by somebody whom no system knows.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use flagstate::runtime::postgres::Address;
use flagstate::runtime::{Postgres, StoreError};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::Folder;
use crate::server::Server;

/// Whoever signs certificates.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server whose certificate is for `localhost` alone.
fn server(authority: &CertifiedIssuer<'static, KeyPair>) -> Option<Server> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let started = Server::start(&["-c", "ssl=on"], |data| {
        fs::write(data.join("server.crt"), certificate.pem()).unwrap();
        fs::write(data.join("server.key"), key.serialize_pem()).unwrap();
        // Without encryption nobody comes in by the network.
        let access = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(data.join("pg_hba.conf"), access).unwrap();
    });
    match started {
        Ok(server) => Some(server),
        Err(why) => {
            crate::tell::skipped(&format!("encryption to PostgreSQL: {why}"));
            None
        }
    }
}

const PASSWORD: &str = "it's s%cret";

/// Connects; the error is what is wrong.
fn connect(port: u16, host: &str, more: &str) -> Result<(), String> {
    let text =
        format!("host={host} hostaddr=127.0.0.1 port={port} user=flagstate dbname=postgres {more}");
    let address = Address::parse(&text).unwrap().with_password(PASSWORD);
    Postgres::open(address).map(drop).map_err(|wrong| {
        assert!(matches!(wrong, StoreError::Failed(_)), "{wrong:?}");
        assert!(!wrong.to_string().contains("cret"), "{wrong}");
        wrong.to_string()
    })
}

#[test]
fn a_server_is_believed_as_far_as_it_was_said() {
    let authority = authority();
    let Some(server) = server(&authority) else {
        return;
    };
    let folder = Folder::new();
    let roots = folder.0.join("roots.pem");
    fs::write(&roots, authority.pem()).unwrap();
    let others = folder.0.join("others.pem");
    fs::write(&others, self::authority().pem()).unwrap();
    let ours = format!("sslrootcert={}", roots.display());
    let others = format!("sslrootcert={}", others.display());
    let port = server.port();
    for (host, mode, roots, expected) in [
        ("localhost", "verify-full", &*ours, Ok(())),
        ("localhost", "verify-ca", &*ours, Ok(())),
        ("localhost", "require", "", Ok(())),
        ("localhost", "prefer", "", Ok(())),
        ("elsewhere", "verify-ca", &*ours, Ok(())),
        ("elsewhere", "require", &*ours, Ok(())),
        (
            "elsewhere",
            "verify-full",
            &*ours,
            Err("not valid for name"),
        ),
        (
            "localhost",
            "verify-full",
            &*others,
            Err("invalid peer certificate"),
        ),
        (
            "localhost",
            "verify-ca",
            &*others,
            Err("invalid peer certificate"),
        ),
        (
            "localhost",
            "require",
            &*others,
            Err("invalid peer certificate"),
        ),
        ("localhost", "verify-full", "", Err("certificate")),
        ("localhost", "disable", "", Err("no encryption")),
        (
            "localhost",
            "require",
            "sslrootcert=/none",
            Err("`sslrootcert`: `/none`"),
        ),
    ] {
        let got = connect(port, host, &format!("sslmode={mode} {roots}"));
        match (&got, expected) {
            (Ok(()), Ok(())) => {}
            (Err(got), Err(expected)) => assert!(got.contains(expected), "{host} {mode}: {got}"),
            _ => panic!("{host} {mode} {roots}: {got:?}"),
        }
    }
}

#[test]
fn what_must_be_encrypted_never_goes_in_the_open() {
    let started = Server::start(&[], |_| {});
    let server = match started {
        Ok(server) => server,
        Err(why) => return crate::tell::skipped(&format!("PostgreSQL without encryption: {why}")),
    };
    for mode in ["require", "verify-ca", "verify-full"] {
        let roots = if mode == "require" {
            ""
        } else {
            "sslrootcert=/none"
        };
        let refused = connect(
            server.port(),
            "localhost",
            &format!("sslmode={mode} {roots}"),
        );
        assert!(refused.is_err(), "{mode}");
    }
    let refused = connect(server.port(), "localhost", "sslmode=require").unwrap_err();
    assert!(refused.contains("server does not support TLS"), "{refused}");
    assert_eq!(
        connect(server.port(), "localhost", "sslmode=disable"),
        Ok(())
    );
    on_the_command_line(server.port());
}

/// A password comes from the environment or the file of passwords, and never out again.
fn on_the_command_line(port: u16) {
    let folder = Folder::new();
    let shop = fs::canonicalize(crate::runtime::SHOP).unwrap();
    let run = |words: &[&str], store: &str, password: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagstate"));
        command.arg("orders").args(words).current_dir(&folder.0);
        command
            .env("FLAGSTATE_STORE", store)
            .env("PGPASSFILE", folder.0.join("pgpass"))
            .env_remove("PGPASSWORD");
        command.envs(password.map(|password| ("PGPASSWORD", password)));
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(
            !said.contains("cret") && !said.contains("another"),
            "{said}"
        );
        (output.status.code(), said)
    };
    let without = format!("postgresql://flagstate@127.0.0.1:{port}/postgres?schema=by_command");
    let with = without.replace("@127", ":it's%20s%25cret@127");
    let mistaken = without.replace("@127", ":another@127");
    let deploy = ["deploy", shop.to_str().unwrap()];
    let get = ["get", "o1"];
    let told = run(&get, &without, Some(PASSWORD));
    assert_eq!(told.0, Some(2));
    assert!(
        told.1.contains("there is no store") && told.1.contains("makes a store"),
        "{told:?}"
    );
    assert_eq!(run(&deploy, &without, Some(PASSWORD)).0, Some(0));
    let create = ["create", "o1", "--workflow", "shop", "--actor", "customer"];
    assert_eq!(run(&create, &with, Some("another")).0, Some(0));
    assert_eq!(run(&get, &with, None).0, Some(0));
    for (store, password) in [
        (&without, None),
        (&mistaken, None),
        (&without, Some("another")),
    ] {
        let (code, said) = run(&get, store, password);
        assert_eq!(code, Some(2), "{said}");
        assert!(
            said.contains("password") || said.contains("authentication"),
            "{said}"
        );
    }
    let passfile = folder.0.join("pgpass");
    let line = format!("127.0.0.1:{port}:*:flagstate:{PASSWORD}\n");
    fs::write(&passfile, &line).unwrap();
    fs::set_permissions(&passfile, fs::Permissions::from_mode(0o640)).unwrap();
    let (code, said) = run(&get, &without, None);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("can be read by others") && said.contains("chmod 600"),
        "{said}"
    );
    // What is said nearer is heard first.
    assert_eq!(run(&get, &without, Some("another")).0, Some(2));
    fs::set_permissions(&passfile, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(run(&get, &without, None).0, Some(0));
    fs::write(&passfile, line.replace("flagstate", "ann")).unwrap();
    assert_eq!(run(&get, &without, None).0, Some(2));
    for store in [
        with.replace("postgresql:", "postgresq:"),
        with.replace("schema=by_command", "schema=BY"),
        with.replace("postgresql:", "sqlite:")
            .replace("sqlite:", "mysql:"),
        format!("host=127.0.0.1 password='{PASSWORD}'"),
    ] {
        assert_eq!(run(&get, &store, None).0, Some(2), "{store}");
    }
    assert_eq!(run(&["tick", "--help"], &with, None).0, Some(0));
}
