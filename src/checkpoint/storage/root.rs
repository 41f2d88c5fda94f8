//! The storage that a root names: a folder, or, with the feature `object-stores`, a URL.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::local::LocalStorage;
use super::Storage;
use crate::error::{Error, Result};

/// Settings of an object store by name, such as `region` or `secret_access_key`. [`fmt::Debug`] shows names only.
#[derive(Clone, Default)]
pub struct ObjectSettings(pub BTreeMap<String, String>);

impl fmt::Debug for ObjectSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// The storage at a root, which need not exist yet: the path of a folder; or, with the feature `object-stores`, a URL such as
/// `s3://bucket/path`, `az://container/path`, `gs://bucket/path` or `file:///path`.
///
/// # Errors
/// [`Error::InvalidOption`] for a URL without the feature `object-stores`, one that is not understood or carries credentials, and settings
/// that are not of its kind of store.
pub fn storage_at(root: &str, settings: &ObjectSettings) -> Result<Arc<dyn Storage>> {
    if is_url(root) {
        return at_url(root, settings);
    }
    if !settings.0.is_empty() {
        return Err(Error::InvalidOption(format!(
            "'object_store' is for a root that is a URL, and '{root}' is a folder"
        )));
    }
    Ok(Arc::new(LocalStorage::new(root)))
}

#[cfg(feature = "object-stores")]
fn at_url(root: &str, settings: &ObjectSettings) -> Result<Arc<dyn Storage>> {
    super::object::storage_at(root, settings)
}

#[cfg(not(feature = "object-stores"))]
fn at_url(root: &str, _settings: &ObjectSettings) -> Result<Arc<dyn Storage>> {
    // Not the whole of it, which may hold credentials.
    let scheme = root.split("://").next().unwrap_or_default();
    Err(Error::InvalidOption(format!(
        "a root that begins with '{scheme}://' needs a library built with the feature object-stores; use one, or give the path of a folder"
    )))
}

/// Whether a root is a URL: a scheme, and `://`. `C:\` is none.
fn is_url(root: &str) -> bool {
    root.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_no_url() {
        for url in ["s3://bucket", "abfss://container@account/x", "gs://b/c"] {
            assert!(is_url(url), "{url}");
        }
        for path in ["/var/checkpoints", "relative", "C:\\checkpoints", "/odd://name", "://", "1s://x"] {
            assert!(!is_url(path), "{path}");
        }
    }

    #[test]
    fn settings_without_a_url_are_refused() {
        let settings = ObjectSettings(BTreeMap::from([("region".to_owned(), "here".to_owned())]));
        assert!(
            storage_at("/folder", &settings).is_err_and(|error| error.to_string().contains("'/folder' is a folder"))
        );
        assert!(storage_at("/folder", &ObjectSettings::default()).is_ok());
        assert_eq!(format!("{settings:?}"), r#"{"region"}"#);
    }

    #[cfg(not(feature = "object-stores"))]
    #[test]
    fn a_url_names_the_feature_that_it_needs_and_shows_no_credentials() {
        let text =
            storage_at("s3://key:secret@bucket/x", &ObjectSettings::default()).err().map(|error| error.to_string());
        let text = text.expect("refused");
        assert!(
            text.contains("'s3://' needs") && text.contains("feature object-stores") && !text.contains("secret"),
            "{text}"
        );
    }
}
