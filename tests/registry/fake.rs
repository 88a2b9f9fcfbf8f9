//! A registry that does what a test tells it to, on loopback and in plain HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::image::Images;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub authorization: Option<String>,
    pub body: String,
}

/// What the server does with one request.
pub enum Reply {
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// A head and zeros without an end.
    Endless(u16),
    /// A byte a second.
    Dripping(Vec<u8>),
    /// Nothing, for as long as it is waited for.
    Silence,
    /// Closes the connection.
    Cut,
}

pub struct Fake {
    pub host: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

pub fn status(code: u16) -> Reply {
    Reply::Answer(code, Vec::new(), Vec::new())
}

pub fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

impl Fake {
    pub fn new(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let host = listener.local_addr().expect("bound").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (reply, log) = (Arc::new(reply), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (reply, log) = (Arc::clone(&reply), Arc::clone(&log));
                thread::spawn(move || serve(stream, &*reply, &log));
            }
        });
        Self { host, asked }
    }

    /// One that has images, and does nothing wrong.
    pub fn of(images: Images) -> Self {
        Self::new(move |asked| honest(&images, asked))
    }

    /// What was asked for, without the question whether it speaks TLS.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("not poisoned").clone()
    }

    pub fn lines(&self) -> Vec<String> {
        let asked = self.asked();
        asked
            .iter()
            .map(|asked| format!("{} {}", asked.method, asked.path))
            .collect()
    }
}

/// The answer of a registry that works.
pub fn honest(images: &Images, asked: &Asked) -> Reply {
    let parts: Vec<_> = asked
        .path
        .trim_start_matches("/v2/")
        .rsplitn(3, '/')
        .collect();
    let [wanted, kind, repository] = parts.as_slice() else {
        return status(404);
    };
    let name = format!("{repository}:{wanted}");
    let named = images.named.iter().find(|(known, _)| *known == name);
    let digest = match named {
        Some((_, image)) if *kind == "manifests" => image["digest"].as_str().expect("a digest"),
        _ => wanted,
    };
    match images.blobs.get(digest) {
        Some(bytes) => {
            let headers = vec![header("Docker-Content-Digest", digest)];
            Reply::Answer(200, headers, bytes.clone())
        }
        None => status(404),
    }
}

fn serve(
    stream: TcpStream,
    reply: &(dyn Fn(&Asked) -> Reply + Send + Sync),
    log: &Mutex<Vec<Asked>>,
) {
    let mut out = stream.try_clone().expect("cloned");
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read(&mut reader) {
        log.lock().expect("not poisoned").push(asked.clone());
        if answer(&mut out, &asked, reply(&asked)).is_err() {
            return;
        }
    }
}

/// `None` at the end, and where TLS is spoken.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    if reader.fill_buf().ok()?.first()? == &0x16 {
        return None;
    }
    let mut asked = Asked::default();
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    asked.method = words.next()?.to_owned();
    asked.path = words.next()?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => asked.authorization = Some(value.to_owned()),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    Some(asked)
}

fn answer(out: &mut TcpStream, asked: &Asked, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Answer(code, headers, body) => {
            let mut head = format!("HTTP/1.1 {code} x\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str("\r\n");
            out.write_all(head.as_bytes())?;
            match asked.method.as_str() {
                "HEAD" => Ok(()),
                _ => out.write_all(&body),
            }
        }
        Reply::Endless(code) => {
            out.write_all(format!("HTTP/1.1 {code} x\r\n\r\n").as_bytes())?;
            loop {
                out.write_all(&[b'0'; 64 << 10])?;
            }
        }
        Reply::Dripping(bytes) => {
            for byte in bytes {
                out.write_all(&[byte])?;
                thread::sleep(Duration::from_secs(1));
            }
            Ok(())
        }
        Reply::Silence => {
            thread::sleep(Duration::from_secs(60));
            Err(std::io::ErrorKind::TimedOut.into())
        }
        Reply::Cut => Err(std::io::ErrorKind::ConnectionReset.into()),
    }
}
