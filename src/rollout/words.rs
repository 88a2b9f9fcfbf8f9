//! Reasons in words.

use std::fmt;

use super::health::Reason;

/// `container app of the pod web-1: back-off 10s restarting failed container`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_named = !self.pod.is_empty() && self.message.contains(&self.pod);
        match (self.container.as_str(), self.pod.as_str()) {
            _ if is_named => {}
            ("", "") => {}
            ("", pod) => write!(f, "pod {pod}: ")?,
            (container, "") => write!(f, "container {container}: ")?,
            (container, pod) => write!(f, "container {container} of the pod {pod}: ")?,
        }
        let is_of_pod = !self.pod.is_empty() && !self.message.contains(&self.word);
        match self.message.as_str() {
            "" => f.write_str(&self.word),
            message if is_of_pod => write!(f, "{}: {message}", self.word),
            message => f.write_str(message),
        }
    }
}
