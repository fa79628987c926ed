//! Plain text in lines of bounded width.

const WIDTH: usize = 117;
const COLUMN: usize = 44;

#[derive(Default)]
pub struct Page {
    lines: Vec<String>,
}

impl Page {
    pub fn line(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    pub fn text(&mut self, text: &str) {
        self.lines.extend(text.lines().map(str::to_owned));
        self.blank();
    }

    pub fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    pub fn heading(&mut self, heading: &str) {
        self.blank();
        self.line(&format!("  {heading}"));
        self.blank();
    }

    pub fn paragraph(&mut self, indent: usize, text: &str) {
        self.wrap(indent, indent, String::new(), text);
    }

    /// A term and what it means, in two columns.
    pub fn columns(&mut self, indent: usize, term: &str, meaning: &str) {
        let mut line = format!("{:indent$}{term}", "");
        if line.len() + 2 > COLUMN {
            self.lines.push(line);
            line = String::new();
        }
        self.wrap(COLUMN, COLUMN, line, meaning);
    }

    fn wrap(&mut self, first: usize, rest: usize, start: String, text: &str) {
        let mut line = start;
        let mut column = first;
        for word in text.split_whitespace() {
            if line.chars().count() > column && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.lines.push(std::mem::take(&mut line));
                column = rest;
            }
            if line.chars().count() < column {
                line.push_str(&" ".repeat(column - line.chars().count()));
            } else if !line.trim().is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.lines.push(line.trim_end().to_owned());
    }

    pub fn finish(mut self) -> String {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        self.lines.join("\n")
    }
}

/// As a C comment.
pub fn comment(text: &str) -> String {
    assert!(!text.contains("*/"), "the text would end its comment");
    let lines = text.lines().map(|line| format!(" * {line}").trim_end().to_owned()).collect::<Vec<_>>();
    format!("/*\n{}\n */\n", lines.join("\n"))
}
