//! How a pass declares its rules: one line each, with the page in `rules/` beside the declaration.

/// Declares rules of one level as statics, and lists them as `RULES`; rules of another level stand
/// behind a `|`.
///
/// `rules! { Error; /// A name that is no state. UNKNOWN_STATE = "unknown-state", … }` reads the page
/// `rules/unknown-state.md` from the folder of the file that declares it.
macro_rules! rules {
    ($level:ident; $($(#[$doc:meta])* $name:ident = $id:literal,)*
        $(| $other:ident; $($(#[$about:meta])* $one:ident = $called:literal,)*)?) => {
        $(rules!(@declare $level $(#[$doc])* $name = $id);)*
        $($(rules!(@declare $other $(#[$about])* $one = $called);)*)?

        /// Every rule declared here.
        pub const RULES: &[&$crate::diagnostic::Rule] = &[$(&$name,)* $($(&$one),*)?];
    };
    (@declare $level:ident $(#[$doc:meta])* $name:ident = $id:literal) => {
        $(#[$doc])*
        pub static $name: $crate::diagnostic::Rule = $crate::diagnostic::Rule {
            id: $id,
            level: $crate::diagnostic::Level::$level,
            page: include_str!(concat!("rules/", $id, ".md")),
        };
    };
}

pub(crate) use rules;
