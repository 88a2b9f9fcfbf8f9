//! Lists in pages, as client-go's pager reads them.

use serde::Deserialize;
use serde_json::Value;

use super::failure::Failure;
use super::resource::Resource;
use super::server::Server;
use crate::cli::Selection;

/// How often a list that expired starts again.
const RESTARTS: usize = 3;

/// HTTP: the continue token expired.
const GONE: u16 = 410;

/// What of a resource is listed.
pub(crate) struct Scope<'s> {
    /// `None` is all namespaces.
    pub(crate) namespace: Option<&'s str>,
    pub(crate) labels: Option<&'s str>,
    pub(crate) fields: Option<&'s str>,
    /// How many objects one page has; 0 is all.
    pub(crate) chunk: u32,
}

impl<'s> Scope<'s> {
    pub(crate) fn new(namespace: Option<&'s str>, selection: &'s Selection) -> Self {
        Self {
            namespace,
            labels: selection.selector.as_deref(),
            fields: selection.field_selector.as_deref(),
            chunk: selection.chunk_size,
        }
    }
}

#[derive(Default, Deserialize)]
struct ListMeta {
    #[serde(default, rename = "continue")]
    token: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: ListMeta,
    items: Option<Vec<Value>>,
}

/// The pages of a list.
pub(crate) struct Pages<'p> {
    server: &'p Server,
    path: String,
    scope: Scope<'p>,
    token: Option<String>,
    restarts: usize,
    is_done: bool,
}

impl<'p> Pages<'p> {
    pub(crate) fn new(server: &'p Server, resource: &Resource, scope: Scope<'p>) -> Self {
        Self {
            server,
            path: resource.path(scope.namespace),
            scope,
            token: None,
            restarts: 0,
            is_done: false,
        }
    }

    /// The next page. A list that expired between two pages goes on with the token that the server gives for
    /// that, or starts again: the same object can come twice, and the caller has to know.
    ///
    /// # Errors
    /// What the server says; no answer.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Value>>, Failure> {
        while !self.is_done {
            let page: Page = match self.server.get(&self.target()).await {
                Ok(page) => page,
                Err(failure) if self.goes_on(&failure) => continue,
                Err(failure) => return Err(failure),
            };
            self.token = page.metadata.token.filter(|token| !token.is_empty());
            self.is_done = self.token.is_none();
            return Ok(Some(page.items.unwrap_or_default()));
        }
        Ok(None)
    }

    fn goes_on(&mut self, failure: &Failure) -> bool {
        let expired = failure.code == GONE && self.token.is_some() && self.restarts < RESTARTS;
        if expired {
            self.restarts += 1;
            self.token.clone_from(&failure.continue_token);
        }
        expired
    }

    fn target(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let limit = (self.scope.chunk > 0).then(|| self.scope.chunk.to_string());
        let pairs = [
            ("labelSelector", self.scope.labels),
            ("fieldSelector", self.scope.fields),
            ("limit", limit.as_deref()),
            ("continue", self.token.as_deref()),
        ];
        for (key, value) in pairs {
            if let Some(value) = value {
                query.append_pair(key, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }
}
