//! `include/pim_stepup.h` is made here: conventions, documents of the Rust types, and the declarations by cbindgen.

mod schema;
mod text;

use std::fs;

use cbindgen::{Builder, Config, DocumentationStyle, Language};
use pim_core::error::ErrorCode;
use pim_core::event::Event;
use pim_core::operations::ALL;
use pim_core::session::SessionConfig;
use schemars::schema_for;

use crate::files::{expect, read, repository};
use schema::Types;
use text::{Page, comment};

pub const PATH: &str = "rust/ffi/include/pim_stepup.h";

/// In the order of the header.
const SOURCES: [&str; 5] = ["status.rs", "version.rs", "session.rs", "call.rs", "bytes.rs"];

#[test]
fn the_header_is_up_to_date() {
    expect(PATH, &format!("{}\n{}", comment(&manual()), declarations()));
}

#[test]
fn every_export_is_in_the_header() {
    let sources = repository().join("rust/ffi/src");
    let mut exports = 0;
    for entry in fs::read_dir(sources).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        exports += fs::read_to_string(entry.path()).unwrap().matches("#[unsafe(no_mangle)]").count();
    }
    assert_eq!(functions().len(), exports);
}

/// Names of the functions that the checked-in header declares.
pub fn functions() -> Vec<String> {
    let header = read(PATH);
    let code = header.lines().filter(|line| !line.starts_with([' ', '/', '#']));
    code.filter_map(|line| {
        let start = line.find("pim_")?;
        line[start..].split_once('(').map(|(name, _)| name.to_owned())
    })
    .collect()
}

fn manual() -> String {
    let mut page = Page::default();
    page.text(include_str!("conventions.txt"));
    for line in read("tests/c-abi/example.c").lines() {
        page.line(format!("    {line}").trim_end());
    }
    let mut types = Types::default();

    page.heading("CONFIGURATION OF A SESSION");
    page.paragraph(0, "What pim_session_new takes. Fields with `?` may be left out; their default stands behind `=`.");
    page.blank();
    types.fields(&mut page, schema_for!(SessionConfig).as_value(), 2);

    page.heading("EVENTS");
    page.paragraph(0, "What pim_call_next hands over. A field with `?` may be absent.");
    page.blank();
    types.variants(&mut page, schema_for!(Event).as_value(), 2);

    page.heading("OPERATIONS");
    for operation in ALL {
        page.line(operation.name);
        page.paragraph(2, operation.summary);
        if !operation.commands.is_empty() {
            page.paragraph(2, &format!("In PowerShell: {}.", operation.commands.join(", ")));
        }
        for (what, schema) in [("request", (operation.request)()), ("each output", (operation.output)()), ("reply", (operation.reply)())] {
            types.document(&mut page, what, schema.as_value());
        }
        page.blank();
    }

    page.heading("TYPES");
    types.definitions(&mut page);

    page.heading("ERROR CODES");
    page.paragraph(0, "The `code` of a failure, its `category`, and what it means. New codes may come; codes never change their meaning.");
    page.blank();
    for code in ErrorCode::ALL {
        page.columns(2, &format!("{}  ({:?})", code.as_str(), code.category()), code.meaning());
    }
    page.finish()
}

fn declarations() -> String {
    let config = Config {
        language: Language::C,
        cpp_compat: true,
        include_guard: Some("PIM_STEPUP_H".to_owned()),
        no_includes: true,
        sys_includes: vec!["stdint.h".to_owned()],
        documentation_style: DocumentationStyle::Doxy,
        line_length: 118,
        ..Config::default()
    };
    let mut builder = Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(repository().join("rust/ffi/src").join(source));
    }
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    tidied(&String::from_utf8(text).unwrap())
}

/// The obligations of a caller stand in the conventions and in each function's own words; rustdoc wants them once more.
fn tidied(header: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut skipping = false;
    for line in header.lines() {
        if line.trim() == "* # Safety" {
            skipping = true;
            while lines.last().is_some_and(|line| line.trim() == "*") {
                lines.pop();
            }
        } else if line.trim() == "*/" {
            skipping = false;
        }
        if !skipping {
            lines.push(line);
        }
    }
    // A negative number is one value in every expression only when it has parentheses.
    let lines = lines.into_iter().map(|line| match line.split_once(" -") {
        Some((macro_name, number)) if line.starts_with("#define ") => format!("{macro_name} (-{number})"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}
