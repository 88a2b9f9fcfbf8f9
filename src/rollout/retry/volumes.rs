//! Which directories of a container get volumes, and which of those are filled from the image.

use super::directory::{directory_of, is_broad, is_shared};
use super::lesson::Lesson;
use super::remedy::{Allowed, Remedy};
use super::survey::Survey;
use crate::cause::FilePath;
use crate::container_path::{is_within, without_links};

/// How many directories get volumes for no other reason than whose they are.
const MOST_OWN: usize = 8;

/// A volume at a directory, empty or filled from the image. Nothing where files would be missed in it, and it may not be
/// filled.
pub(super) fn write_to(lesson: &mut Lesson, directory: &str, survey: &Survey, allowed: Allowed) {
    if lesson.seeded.contains(directory) {
        return;
    }
    let has_files = survey.is_filled(directory);
    if allowed.seed && (has_files || survey.is_structured(directory)) {
        lesson.seeded.insert(directory.to_owned());
    } else if !has_files {
        lesson.writable.insert(directory.to_owned());
    }
}

impl Remedy<'_> {
    pub(super) fn writes(&self, path: Option<&FilePath>, lesson: &mut Lesson) -> bool {
        let Some(path) = path else { return false };
        let absolute = match path.is_relative() {
            false => Some(path.clone()),
            true if self.survey.directory.is_empty() => None,
            true => FilePath::new(&format!("{}/{path}", self.survey.directory)),
        };
        let directory = absolute.and_then(|path| directory_of(path.as_str()));
        directory.is_some_and(|directory| self.mounts(&directory, lesson))
    }

    /// Volumes at the directories of the image that belong to the program's user: it is to write there.
    pub(super) fn gets_its_own(&self, lesson: &mut Lesson) -> bool {
        let before = lesson.clone();
        for directory in self.survey.owned.iter().take(MOST_OWN) {
            write_to(lesson, directory, self.survey, self.allowed);
        }
        *lesson != before
    }

    /// Fills volumes that are empty from the image, where what was changed since the start may be the image's.
    pub(super) fn fills_what_was_changed(&self, lesson: &mut Lesson) -> bool {
        lesson.fill_where(|directory| self.allowed.seed && self.survey.may_be_filled(directory))
    }

    /// A volume at a directory. One that had a volume already, and could not be written, is no matter of volumes.
    pub(super) fn mounts(&self, directory: &str, lesson: &mut Lesson) -> bool {
        let had = self.old.writable.contains(directory) || self.old.seeded.contains(directory);
        if had || is_broad(directory) {
            return false;
        }
        write_to(lesson, directory, self.survey, self.allowed);
        lesson.writable.contains(directory) || lesson.seeded.contains(directory)
    }

    /// Shows the program what a volume hides from it: fills that from the image, or makes the directory with another volume.
    pub(super) fn shows(
        &self,
        path: Option<&FilePath>,
        volume: Option<&FilePath>,
        lesson: &mut Lesson,
    ) -> bool {
        let (Some(path), Some(volume)) = (path, volume) else {
            return false;
        };
        let volume = volume.as_str();
        if self.old.seeded.contains(volume) {
            return false;
        }
        if self.allowed.seed {
            // What is missing in another one of these would show in the next try.
            let shared = self
                .old
                .writable
                .iter()
                .filter(|directory| is_shared(directory));
            for directory in shared.map(String::as_str).chain([volume]) {
                lesson.fill(directory);
            }
            return true;
        }
        let holding = directory_of(path.as_str()).filter(|directory| directory != volume);
        // What is missing in the volume itself is made where it looks like a directory.
        let is_directory = path
            .parent()
            .is_some_and(|parent| parent.as_str() == volume)
            && !path
                .as_str()
                .rsplit('/')
                .next()
                .is_some_and(|name| name.contains('.'));
        let missing = holding.or_else(|| is_directory.then(|| path.as_str().to_owned()));
        missing.is_some_and(|directory| lesson.writable.insert(directory))
    }

    /// A volume is root's, whose owner and mode are nobody's to change: a directory in it that the program's user makes is its
    /// own.
    pub(super) fn owns(&self, path: Option<&FilePath>, lesson: &mut Lesson) -> bool {
        let Some(path) = path.filter(|path| self.allowed.seed && !path.is_relative()) else {
            return false;
        };
        if self.is_closed(Some(path)) {
            return false;
        }
        let path = without_links(path.as_str()).into_owned();
        let mut owned = self.old.seeded.iter();
        if owned.any(|directory| is_within(&path, directory)) {
            return false;
        }
        let mut mounted = self.old.writable.iter();
        let above = mounted.find(|directory| is_within(&path, directory));
        let directory = above.cloned().unwrap_or(path);
        if is_broad(&directory) {
            return false;
        }
        lesson.fill(&directory);
        true
    }

    /// Whether the user may not read a path of the image: no init container fills a volume with it then.
    pub(super) fn is_closed(&self, path: Option<&FilePath>) -> bool {
        let user = self.old.run_as.or(self.survey.worker);
        path.is_some_and(|path| self.survey.is_closed(path.as_str(), user))
    }
}
