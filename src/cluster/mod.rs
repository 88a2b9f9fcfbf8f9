//! A cluster's API server: from kubeconfig and flags to requests, their failures, types and lists. The only place
//! that touches the network, beside `registry`.

mod connect;
mod discovery;
mod exec;
mod failure;
mod kubeconfig;
mod list;
mod proxy;
mod resource;
mod selector;
mod server;

pub(crate) use connect::{Connected, connect};
pub(crate) use discovery::Types;
pub(crate) use exec::{Exec, ExecError, Said};
pub(crate) use failure::Failure;
pub(crate) use kubeconfig::named_in_kubeconfig;
pub(crate) use list::{Pages, Scope};
pub(crate) use proxy::proxy_of_environment;
pub use resource::Resource;
pub(crate) use resource::{TypeName, built_in};
pub(crate) use selector::label_selector;
pub(crate) use server::{Answer, Mutation, Server, Stream};
