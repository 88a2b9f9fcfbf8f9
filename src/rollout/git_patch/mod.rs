//! Changes of an object as a patch: for a person to put into git, for kinds that take no apply, and for setting
//! fields back.

mod kustomize;
mod operations;
mod restore;
#[cfg(test)]
mod testing;

pub use kustomize::kustomize_patch;
pub use operations::json_patch;
pub use restore::restore_patch;
