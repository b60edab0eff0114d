// Speaks to the language server through the client library of Visual Studio Code.
// Usage: node lsp.mjs FLAGSTATE FOLDER   (the folder holds shop.yaml, rental.yaml, which extends it)
// Prints one JSON object: what the client was told.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as protocol from "vscode-languageserver-protocol/node";

const [command, folder] = process.argv.slice(2);
const server = spawn(command, ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
const connection = protocol.createProtocolConnection(
  new protocol.StreamMessageReader(server.stdout),
  new protocol.StreamMessageWriter(server.stdin),
);
const uri = (name) => pathToFileURL(join(folder, name)).href;
const found = new Map();
let waiting = [];
const registered = [];
connection.onNotification(protocol.PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
  found.set(uri, diagnostics);
  waiting = waiting.filter((ready) => !ready());
});
connection.onRequest(protocol.RegistrationRequest.type, ({ registrations }) => {
  registered.push(...registrations);
});
connection.listen();

/** Waits until the findings of a file are as wanted. */
const until = (name, wanted) =>
  new Promise((resolve) => {
    const ready = () => wanted(found.get(uri(name)) ?? []) && (resolve(found.get(uri(name)) ?? []), true);
    if (!ready()) waiting.push(ready);
  });

const initialized = await connection.sendRequest(protocol.InitializeRequest.type, {
  processId: process.pid,
  rootUri: null,
  workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "shop" }],
  capabilities: {
    general: { positionEncodings: ["utf-16"] },
    workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
  },
});
await connection.sendNotification(protocol.InitializedNotification.type, {});

const open = (name) =>
  connection.sendNotification(protocol.DidOpenTextDocumentNotification.type, {
    textDocument: { uri: uri(name), languageId: "yaml", version: 1, text: readFileSync(join(folder, name), "utf8") },
  });
await open("rental.yaml");

// The base changes on the disk: the tenant is told.
const base = readFileSync(join(folder, "shop.yaml"), "utf8");
writeFileSync(join(folder, "shop.yaml"), base.replaceAll("booked", "ordered"));
await connection.sendNotification(protocol.DidChangeWatchedFilesNotification.type, {
  changes: [{ uri: uri("shop.yaml"), type: protocol.FileChangeType.Changed }],
});
const broken = await until("rental.yaml", (diagnostics) => diagnostics.length > 0);
writeFileSync(join(folder, "shop.yaml"), base);
await connection.sendNotification(protocol.DidChangeWatchedFilesNotification.type, {
  changes: [{ uri: uri("shop.yaml"), type: protocol.FileChangeType.Changed }],
});
await until("rental.yaml", (diagnostics) => diagnostics.length === 0);

const text = readFileSync(join(folder, "rental.yaml"), "utf8");
const line = text.split("\n").findIndex((line) => line.includes("bring_back"));
const at = {
  textDocument: { uri: uri("rental.yaml") },
  position: { line, character: text.split("\n")[line].indexOf("booked") + 1 },
};
const definition = await connection.sendRequest(protocol.DefinitionRequest.type, at);
const hover = await connection.sendRequest(protocol.HoverRequest.type, at);
const items = await connection.sendRequest(protocol.CompletionRequest.type, at);
const symbols = await connection.sendRequest(protocol.DocumentSymbolRequest.type, {
  textDocument: { uri: uri("rental.yaml") },
});

await connection.sendRequest(protocol.ShutdownRequest.type);
const ended = new Promise((resolve) => server.on("exit", resolve));
await connection.sendNotification(protocol.ExitNotification.type);
console.log(
  JSON.stringify({
    server: initialized.serverInfo.name,
    watches: registered.flatMap((it) => it.registerOptions.watchers.map((watcher) => watcher.globPattern)),
    broken: broken.map((diagnostic) => diagnostic.code),
    definition: definition.uri.slice(pathToFileURL(folder).href.length + 1),
    hover: hover.contents.value.split("\n")[0],
    items: items.map((item) => item.label),
    symbols: symbols.map((symbol) => symbol.name),
    exit: await ended,
  }),
);
