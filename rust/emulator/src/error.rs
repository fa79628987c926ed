//! What keeps the emulator from starting or a robot from finishing.

use std::io;

/// A failure of the emulator itself, never of a request to it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The scenario's text is no JSON or not of the documented shape.
    #[error("the scenario is not understood: {0}")]
    ScenarioSyntax(String),
    /// The scenario names something that does not exist, or says the same thing twice.
    #[error("the scenario contradicts itself at `{place}`: {problem}")]
    Scenario {
        /// Where, as a JSON path.
        place: String,
        /// What is wrong there.
        problem: String,
    },
    /// The scenario's file cannot be read.
    #[error("`{path}` cannot be read")]
    ScenarioFile {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A port cannot be opened.
    #[error("port {port} of the loopback address cannot be opened")]
    Listen {
        /// The port asked for; 0 asks for any.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The certificate or the signing key cannot be made.
    #[error("the emulator's keys cannot be made: {0}")]
    Keys(String),
    /// A file the emulator writes cannot be written.
    #[error("`{path}` cannot be written")]
    Write {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The robot met a page or an answer that it cannot handle.
    #[error("the robot cannot go on: {0}")]
    Robot(String),
}

/// Result with the emulator's own error.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with JSON that somebody wrote, without the texts in it: one in the wrong place may be a secret. Line and column stay.
pub(crate) fn without_texts(error: &serde_json::Error) -> String {
    const BEGIN: &str = "string \"";
    let sentence = error.to_string();
    match (sentence.find(BEGIN), sentence.rfind('"')) {
        (Some(begin), Some(end)) if end >= begin + BEGIN.len() => format!("{}string{}", &sentence[..begin], &sentence[end + 1..]),
        _ => sentence,
    }
}
