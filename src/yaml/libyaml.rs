//! The proving parser: libyaml's events as a [`Tree`]. Kubernetes reads YAML with a port of the same code.
//! libyaml-rs counts its marks in bytes (libyaml itself: in characters).
//!
//! The only file with `unsafe`: libyaml-rs keeps libyaml's C interface. Every call follows the order that the
//! interface asks for (initialize, set input, parse until the stream ends, delete), the input outlives the
//! parser, and each event's memory is released by [`Event`]'s drop.
#![allow(unsafe_code)]

use std::collections::HashMap;
use std::ffi::CStr;
use std::mem::MaybeUninit;

use libyaml_rs as sys;

use super::builder::Builder;
use super::tree::{Kind, Layout, NodeId, Style, Tree};
use super::{ParseError, check_bounds, json};

/// Reads one document as Kubernetes would, with the exact extent of its scalars.
///
/// # Errors
/// A document that libyaml does not accept, or that goes past a limit of this module.
pub fn parse(text: &[u8]) -> Result<Tree, ParseError> {
    check_bounds(text)?;
    let text = &*json::as_yaml(text);
    let mut parser = Parser::new(text);
    let mut reader = Reader {
        builder: Builder::new(text.len()),
        anchors: HashMap::new(),
    };
    loop {
        let event = parser.next()?;
        if event.kind() == sys::YAML_STREAM_END_EVENT {
            return Ok(reader.builder.finish());
        }
        reader.take(event)?;
    }
}

struct Reader {
    builder: Builder,
    anchors: HashMap<Box<[u8]>, NodeId>,
}

impl Reader {
    fn take(&mut self, event: &Event) -> Result<(), ParseError> {
        let start = event.raw.start_mark.index as usize;
        let end = event.raw.end_mark.index as usize;
        match event.content() {
            Content::Scalar { value, style } => {
                let value = std::str::from_utf8(value)
                    .map_err(|_| ParseError::new(start, "not valid UTF-8"))?;
                let id = self.builder.scalar(start, style, value)?;
                self.builder.set_end(id, end);
                self.properties(id, event);
            }
            Content::Open(kind) => {
                let id = self.builder.open(start, kind)?;
                self.properties(id, event);
            }
            Content::Close => {
                if let Some(id) = self.builder.close()
                    && matches!(
                        self.builder.tree().kind(id),
                        Kind::Mapping(Layout::Flow) | Kind::Sequence(Layout::Flow)
                    )
                {
                    self.builder.set_end(id, end);
                }
            }
            Content::Alias => {
                let target = event.anchor().and_then(|name| self.anchors.get(name));
                let Some(&target) = target else {
                    return Err(ParseError::new(start, "an alias without an anchor"));
                };
                let id = self.builder.alias(start, target)?;
                self.builder.set_end(id, end);
            }
            Content::Other => {}
        }
        Ok(())
    }

    fn properties(&mut self, id: NodeId, event: &Event) {
        if let Some(name) = event.anchor() {
            self.anchors.insert(name.into(), id);
            self.builder.set_anchored(id);
        }
        if let Some(tag) = event.tag() {
            self.builder.set_tag(id, &String::from_utf8_lossy(tag));
        }
    }
}

struct Parser<'t> {
    raw: Box<MaybeUninit<sys::yaml_parser_t>>,
    /// The latest one; events are large to move.
    event: Event,
    text: std::marker::PhantomData<&'t [u8]>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t [u8]) -> Self {
        let mut raw = Box::new(MaybeUninit::uninit());
        // SAFETY: initialize writes the whole struct (it aborts where memory is out); `text` outlives `'t`.
        unsafe {
            let _ = sys::yaml_parser_initialize(raw.as_mut_ptr());
            sys::yaml_parser_set_encoding(raw.as_mut_ptr(), sys::YAML_UTF8_ENCODING);
            sys::yaml_parser_set_input_string(raw.as_mut_ptr(), text.as_ptr(), text.len() as u64);
        }
        Self {
            raw,
            event: Event::none(),
            text: std::marker::PhantomData,
        }
    }

    /// The next event, in the place of the one before.
    fn next(&mut self) -> Result<&Event, ParseError> {
        // SAFETY: the parser is initialized; deleting an event makes it none; the event is whole on success and replaced without being released
        // otherwise; `problem` is null or a static C string.
        unsafe {
            sys::yaml_event_delete(&mut self.event.raw);
            if sys::yaml_parser_parse(self.raw.as_mut_ptr(), &mut self.event.raw).ok {
                return Ok(&self.event);
            }
            std::mem::forget(std::mem::replace(&mut self.event, Event::none()));
            let parser = self.raw.assume_init_ref();
            let problem = match parser.problem.is_null() {
                true => "not YAML".into(),
                false => CStr::from_ptr(parser.problem.cast()).to_string_lossy(),
            };
            let at = match parser.error {
                sys::YAML_READER_ERROR => parser.problem_offset as usize,
                _ => parser.problem_mark.index as usize,
            };
            Err(ParseError::new(at, problem))
        }
    }
}

impl Drop for Parser<'_> {
    fn drop(&mut self) {
        // SAFETY: initialized in `new` and deleted only here.
        unsafe { sys::yaml_parser_delete(self.raw.as_mut_ptr()) }
    }
}

enum Content<'e> {
    Scalar { value: &'e [u8], style: Style },
    Open(Kind),
    Close,
    Alias,
    Other,
}

struct Event {
    raw: sys::yaml_event_t,
}

impl Event {
    /// What libyaml makes of an event that is released: nothing, in zeros.
    fn none() -> Self {
        // SAFETY: the event is plain data of C, and 0 is its type for none.
        let raw = unsafe { MaybeUninit::zeroed().assume_init() };
        Self { raw }
    }

    fn kind(&self) -> sys::yaml_event_type_t {
        self.raw.type_
    }

    fn content(&self) -> Content<'_> {
        // SAFETY: each union field is read only for the event type that libyaml documents for it.
        unsafe {
            match self.kind() {
                sys::YAML_SCALAR_EVENT => {
                    let scalar = &self.raw.data.scalar;
                    Content::Scalar {
                        value: std::slice::from_raw_parts(scalar.value, scalar.length as usize),
                        style: style_of(scalar.style),
                    }
                }
                sys::YAML_SEQUENCE_START_EVENT => {
                    let flow = self.raw.data.sequence_start.style == sys::YAML_FLOW_SEQUENCE_STYLE;
                    Content::Open(Kind::Sequence(layout(flow)))
                }
                sys::YAML_MAPPING_START_EVENT => {
                    let flow = self.raw.data.mapping_start.style == sys::YAML_FLOW_MAPPING_STYLE;
                    Content::Open(Kind::Mapping(layout(flow)))
                }
                sys::YAML_SEQUENCE_END_EVENT | sys::YAML_MAPPING_END_EVENT => Content::Close,
                sys::YAML_ALIAS_EVENT => Content::Alias,
                _ => Content::Other,
            }
        }
    }

    fn anchor(&self) -> Option<&[u8]> {
        // SAFETY: as in `content`; libyaml's strings end with NUL or are null.
        unsafe {
            bytes(match self.kind() {
                sys::YAML_SCALAR_EVENT => self.raw.data.scalar.anchor,
                sys::YAML_SEQUENCE_START_EVENT => self.raw.data.sequence_start.anchor,
                sys::YAML_MAPPING_START_EVENT => self.raw.data.mapping_start.anchor,
                sys::YAML_ALIAS_EVENT => self.raw.data.alias.anchor,
                _ => return None,
            })
        }
    }

    fn tag(&self) -> Option<&[u8]> {
        // SAFETY: as in `content`; libyaml's strings end with NUL or are null.
        unsafe {
            bytes(match self.kind() {
                sys::YAML_SCALAR_EVENT => self.raw.data.scalar.tag,
                sys::YAML_SEQUENCE_START_EVENT => self.raw.data.sequence_start.tag,
                sys::YAML_MAPPING_START_EVENT => self.raw.data.mapping_start.tag,
                _ => return None,
            })
        }
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: the event came from a successful parse, or is none, and is deleted only here.
        unsafe { sys::yaml_event_delete(&mut self.raw) }
    }
}

unsafe fn bytes<'e>(string: *const u8) -> Option<&'e [u8]> {
    // SAFETY: the caller passes null or a string that ends with NUL and lives as long as its event.
    (!string.is_null()).then(|| unsafe { CStr::from_ptr(string.cast()).to_bytes() })
}

fn layout(flow: bool) -> Layout {
    if flow { Layout::Flow } else { Layout::Block }
}

fn style_of(style: sys::yaml_scalar_style_t) -> Style {
    match style {
        sys::YAML_SINGLE_QUOTED_SCALAR_STYLE => Style::SingleQuoted,
        sys::YAML_DOUBLE_QUOTED_SCALAR_STYLE => Style::DoubleQuoted,
        sys::YAML_LITERAL_SCALAR_STYLE => Style::Literal,
        sys::YAML_FOLDED_SCALAR_STYLE => Style::Folded,
        _ => Style::Plain,
    }
}
