//! Lines about requests, on standard error.
//!
//! In: a form. Out: one line for each request and for what goes wrong, once set up for the process.

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// For people.
    Text,
    /// An object of JSON in each line.
    Json,
}

/// Sets up where lines go. What was set up before by a host stays.
pub fn log_to_stderr(form: LogForm) {
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(false)
        // There is nobody to tell when standard error is gone.
        .log_internal_errors(false);
    let _ = match form {
        LogForm::Text => lines.try_init(),
        LogForm::Json => lines.json().flatten_event(true).try_init(),
    };
}
