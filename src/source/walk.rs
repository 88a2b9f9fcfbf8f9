//! `-f PATH`, `-R` and `-- FILE...` as a list of inputs, in kubectl's rules.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// How an input came into the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Its own name was given with `-f`.
    Yes,
    /// A directory walk met it, or a hook passed it behind `--`.
    No,
}

/// Where an input's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
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
            Origin::File(path) => {
                let path = path.strip_prefix(".").unwrap_or(path);
                let path = path.strip_prefix(working_directory).unwrap_or(path);
                path.display().to_string()
            }
        }
    }

    /// The directory whose configuration counts.
    pub fn directory(&self) -> &Path {
        match &self.origin {
            Origin::Stdin => Path::new(""),
            Origin::File(path) => path.parent().unwrap_or(Path::new("")),
        }
    }
}

/// An input, or what is wrong with a path.
pub type Expanded = Result<Input, (String, &'static str)>;

const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Lists the inputs in a stable order, each once. A directory gives its files with kubectl's extensions, with
/// `recursive` those of its subdirectories too; symbolic links to directories are not followed below it.
pub fn expand(filenames: &[String], files: &[PathBuf], recursive: bool) -> Vec<Expanded> {
    let mut expander = Expander {
        recursive,
        seen: HashSet::new(),
        inputs: Vec::new(),
    };
    for name in filenames {
        expander.filename(name);
    }
    for file in files {
        expander.file(file.clone(), Named::No);
    }
    expander.inputs
}

struct Expander {
    recursive: bool,
    seen: HashSet<PathBuf>,
    inputs: Vec<Expanded>,
}

impl Expander {
    fn filename(&mut self, name: &str) {
        if name == "-" {
            let stdin = Input {
                origin: Origin::Stdin,
                named: Named::Yes,
            };
            if !self.inputs.contains(&Ok(stdin.clone())) {
                self.inputs.push(Ok(stdin));
            }
        } else if name.starts_with("http://") || name.starts_with("https://") {
            let message = format!("the URL \"{name}\" is not read");
            self.problem(
                message,
                "fetch it first: curl -fsSL URL | kubectl harden -f -",
            );
        } else if Path::new(name).is_dir() {
            self.directory(name);
        } else if Path::new(name).exists() || Path::new(name).is_symlink() {
            self.file(PathBuf::from(name), Named::Yes);
        } else {
            let message = format!("the path \"{name}\" does not exist");
            self.problem(
                message,
                "check the spelling; paths are relative to the working directory",
            );
        }
    }

    fn problem(&mut self, message: String, hint: &'static str) {
        self.inputs.push(Err((message, hint)));
    }

    fn file(&mut self, path: PathBuf, named: Named) {
        let key = path.strip_prefix(".").unwrap_or(&path).to_owned();
        if self.seen.insert(key) {
            let origin = Origin::File(path);
            self.inputs.push(Ok(Input { origin, named }));
        }
    }

    fn directory(&mut self, name: &str) {
        let depth = if self.recursive { usize::MAX } else { 1 };
        let walk = WalkDir::new(name)
            .min_depth(1)
            .max_depth(depth)
            .sort_by_file_name();
        let is_git = |entry: &walkdir::DirEntry| entry.file_name() == ".git";
        let mut met = 0;
        for entry in walk.into_iter().filter_entry(|entry| !is_git(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() || !is_manifest(entry.path()) => {}
                Ok(entry) if entry.path_is_symlink() && entry.path().is_dir() => {}
                Ok(entry) => {
                    met += 1;
                    self.file(entry.into_path(), Named::No);
                }
                Err(error) => {
                    met += 1;
                    let hint = "check the directory's permissions; the rest is read";
                    self.problem(error.to_string(), hint);
                }
            }
        }
        if met == 0 {
            let message = format!(
                "error reading [{name}]: recognized file extensions are [.json .yaml .yml]"
            );
            let hint = match self.recursive {
                true => "name a directory with manifests",
                false => "-R looks into its subdirectories too",
            };
            self.problem(message, hint);
        }
    }
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}
