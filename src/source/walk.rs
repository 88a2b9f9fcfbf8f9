//! `-f PATH`, `-R` and `-- FILE...` as a list of inputs, in kubectl's rules.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::LiveObject;

/// How an input came into the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Its own name was given with `-f`.
    Yes,
    /// A directory walk met it, or a hook passed it behind `--`.
    No,
}

/// Where an input's bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// An object of a cluster.
    Live(Box<LiveObject>),
}

/// One text to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub origin: Origin,
    /// How it was named.
    pub named: Named,
}

impl Input {
    /// Its path as it is shown: as given without a leading `./`, relative below the working directory.
    pub fn shown(&self, working_directory: &Path) -> String {
        match &self.origin {
            Origin::Stdin => "stdin".into(),
            Origin::Live(object) => object.shown.clone(),
            Origin::File(path) => {
                let path = path.strip_prefix(working_directory).unwrap_or(path);
                path.display().to_string()
            }
        }
    }

    /// The directory whose configuration counts.
    pub fn directory(&self) -> &Path {
        match &self.origin {
            Origin::Stdin | Origin::Live(_) => Path::new(""),
            Origin::File(path) => path.parent().unwrap_or(Path::new("")),
        }
    }
}

/// An input, or what is wrong with a path.
pub type Expanded = Result<Input, Missing>;

/// A path that gives no input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The path.
    pub path: String,
    /// What is wrong with it, in lower case.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
}

const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Lists the inputs in a stable order, each once, as they are asked for. A directory gives its files with
/// kubectl's extensions, with `recursive` those of its subdirectories too; symbolic links to directories are
/// not followed below it.
pub fn expand(
    filenames: &[String],
    files: &[PathBuf],
    recursive: bool,
) -> impl Iterator<Item = Expanded> + Send {
    let several = filenames.len() + files.len() > 1;
    let named = filenames.iter().cloned();
    let named = named.flat_map(move |name| filename(&name, recursive));
    let passed = files.iter().cloned().map(|path| Ok(file(path, Named::No)));
    let mut seen = HashSet::new();
    named.chain(passed).filter(move |expanded| match expanded {
        Ok(input) if several => seen.insert(input.origin.clone()),
        _ => true,
    })
}

type Inputs = Box<dyn Iterator<Item = Expanded> + Send>;

fn filename(name: &str, recursive: bool) -> Inputs {
    let path = Path::new(name);
    if name == "-" {
        let (origin, named) = (Origin::Stdin, Named::Yes);
        return Box::new(std::iter::once(Ok(Input { origin, named })));
    }
    if name.starts_with("http://") || name.starts_with("https://") {
        let message = format!("the URL \"{name}\" is not read");
        return problem(
            name,
            message,
            "fetch it first: curl -fsSL URL | kubectl harden -f -",
        );
    }
    if path.is_dir() {
        return directory(name.to_owned(), recursive);
    }
    if path.exists() || path.is_symlink() {
        return Box::new(std::iter::once(Ok(file(path.to_owned(), Named::Yes))));
    }
    let hint = match name.contains(['*', '?']) {
        true => {
            "the shell expands patterns, where they are not quoted; or name the directory with -R"
        }
        false => "check the spelling; paths are relative to the working directory",
    };
    problem(name, format!("the path \"{name}\" does not exist"), hint)
}

fn problem(path: &str, message: String, hint: &'static str) -> Inputs {
    let path = path.to_owned();
    Box::new(std::iter::once(Err(Missing {
        path,
        message,
        hint,
    })))
}

fn file(path: PathBuf, named: Named) -> Input {
    let path = match path.strip_prefix(".") {
        Ok(plain) if plain != Path::new("") => plain.to_owned(),
        _ => path,
    };
    let origin = Origin::File(path);
    Input { origin, named }
}

fn directory(name: String, recursive: bool) -> Inputs {
    let depth = if recursive { usize::MAX } else { 1 };
    let walk = WalkDir::new(&name)
        .min_depth(1)
        .max_depth(depth)
        .sort_by_file_name();
    let mut walk = walk
        .into_iter()
        .filter_entry(|entry| entry.file_name() != ".git");
    let mut links = Links::of(&name, recursive);
    let mut met_any = false;
    Box::new(std::iter::from_fn(move || {
        loop {
            let expanded = match walk.next() {
                Some(Ok(entry)) if entry.file_type().is_dir() || !is_manifest(entry.path()) => {
                    continue;
                }
                Some(Ok(entry)) if entry.path_is_symlink() => match links.follow(entry.path()) {
                    Some(path) => Ok(file(path, Named::No)),
                    None => continue,
                },
                Some(Ok(entry)) => Ok(file(entry.into_path(), Named::No)),
                Some(Err(error)) => Err(Missing {
                    path: error
                        .path()
                        .unwrap_or(Path::new(&name))
                        .display()
                        .to_string(),
                    message: error.to_string(),
                    hint: "check the directory's permissions; the rest is read",
                }),
                None if met_any => return None,
                None => Err(no_manifests(&name, recursive)),
            };
            met_any = true;
            return Some(expanded);
        }
    }))
}

/// Symbolic links that a walk meets. A file is read once, by its own path: git takes no patch of a link.
struct Links {
    root: PathBuf,
    working_directory: PathBuf,
    recursive: bool,
    followed: HashSet<PathBuf>,
}

impl Links {
    fn of(name: &str, recursive: bool) -> Self {
        let real = |path: &Path| path.canonicalize().unwrap_or_default();
        Self {
            root: real(Path::new(name)),
            working_directory: real(Path::new(".")),
            recursive,
            followed: HashSet::new(),
        }
    }

    /// The path to read for a link; `None` where it leads to a directory, or to a file that is read anyway. A link
    /// that leads nowhere is read, and that is its error.
    fn follow(&mut self, link: &Path) -> Option<PathBuf> {
        let Ok(target) = link.canonicalize() else {
            return Some(link.to_owned());
        };
        if target.is_dir() || self.walks(&target) || !self.followed.insert(target.clone()) {
            return None;
        }
        let below = target.strip_prefix(&self.working_directory);
        Some(below.map_or_else(|_| link.to_owned(), Path::to_owned))
    }

    fn walks(&self, target: &Path) -> bool {
        let Ok(below) = target.strip_prefix(&self.root) else {
            return false;
        };
        let hidden = below.components().any(|part| part.as_os_str() == ".git");
        let reached = self.recursive || below.components().count() == 1;
        reached && !hidden && is_manifest(target)
    }
}

/// kubectl's sentence.
fn no_manifests(name: &str, recursive: bool) -> Missing {
    let message =
        format!("error reading [{name}]: recognized file extensions are [.json .yaml .yml]");
    let hint = match recursive {
        true => "name a directory with manifests",
        false => "-R looks into its subdirectories too",
    };
    Missing {
        path: name.to_owned(),
        message,
        hint,
    }
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}
