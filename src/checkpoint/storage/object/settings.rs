//! From a URL and settings to an object store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

use super::super::root::ObjectSettings;
use crate::error::{Error, Result};

/// Setting: how often a call is tried again.
const MAX_RETRIES: &str = "max_retries";
/// Setting: how long a call may take, retries included.
const RETRY_TIMEOUT: &str = "retry_timeout_millis";
/// Setting: size of the parts of large files.
const PART_BYTES: &str = "part_bytes";
/// S3 takes no smaller parts.
const LEAST_PART_BYTES: u64 = 5 << 20;
const MIB: u64 = 1 << 20;
/// What the names of settings contain whose values are shown to nobody.
const SECRET_NAMES: [&str; 8] = ["key", "secret", "token", "password", "credential", "sas", "proxy", "authorization"];
/// Begin the names of environment variables that the stores read.
const ENVIRONMENTS: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

/// What holds whatever the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How often a call is tried again after a failure that may pass. Default 10, that of `object_store`.
    pub max_retries: usize,
    /// How long a call may take, retries included. Default 3 minutes, that of `object_store`.
    pub call_timeout: Duration,
    /// Files above this size are stored in parts of it. Default 8 MiB; at least 5 MiB, because S3 takes no smaller ones.
    pub part_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_retries: 10, call_timeout: Duration::from_secs(180), part_bytes: 8 * MIB }
    }
}

impl Limits {
    /// Takes its own settings out of all.
    pub(super) fn take_from(settings: &mut BTreeMap<String, String>) -> Result<Self> {
        let mut limits = Self::default();
        if let Some(count) = take_number(settings, MAX_RETRIES, 0, 100)? {
            limits.max_retries = usize::try_from(count).expect("at most 100");
        }
        if let Some(millis) = take_number(settings, RETRY_TIMEOUT, 1, 600_000)? {
            limits.call_timeout = Duration::from_millis(millis);
        }
        limits.part_bytes =
            take_number(settings, PART_BYTES, LEAST_PART_BYTES, 1024 * MIB)?.unwrap_or(limits.part_bytes);
        Ok(limits)
    }

    fn retries(&self) -> RetryConfig {
        RetryConfig { max_retries: self.max_retries, retry_timeout: self.call_timeout, ..RetryConfig::default() }
    }
}

fn take_number(settings: &mut BTreeMap<String, String>, name: &str, least: u64, most: u64) -> Result<Option<u64>> {
    let Some(text) = settings.remove(name) else { return Ok(None) };
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.map(Some).ok_or_else(|| {
        Error::InvalidOption(format!("'object_store.{name}' is '{text}'; allowed are integers from {least} to {most}"))
    })
}

/// Texts that appear in no message.
#[derive(Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Those of the settings, and those of the environment.
    pub(super) fn of(settings: &ObjectSettings) -> Self {
        let from_environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
                .filter(|(name, _)| ENVIRONMENTS.iter().any(|begin| name.starts_with(begin)))
        });
        let given = settings.0.iter().map(|(name, value)| (name.clone(), value.clone()));
        let secret = given.chain(from_environment).filter(|(name, value)| is_secret(name) && !value.is_empty());
        let mut secrets: Vec<String> = secret.map(|(_, value)| value).collect();
        // One may begin with another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    pub(super) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Reads a root that is to hold no credentials, because it is shown in messages.
pub(super) fn parse(root: &str) -> Result<Url> {
    let scheme = root.split("://").next().unwrap_or_default();
    let refused = |what: &str| Error::InvalidOption(format!("the root that begins with '{scheme}://' {what}"));
    let url = Url::parse(root).map_err(|error| refused(&format!("is not a URL: {error}")))?;
    let names_container = matches!(url.scheme(), "abfs" | "abfss" | "az" | "azure" | "adl");
    if url.password().is_some() || (!url.username().is_empty() && !names_container) || url.query().is_some() {
        return Err(refused("holds credentials or a query; put credentials into 'object_store' or the environment"));
    }
    if url.fragment().is_some() {
        return Err(refused("holds a '#'; write it as %23"));
    }
    Ok(url)
}

/// The object store of a URL with settings and environment, and the path of the root in it.
pub(super) fn build(
    url: &Url, settings: &BTreeMap<String, String>, limits: &Limits, secrets: &Secrets,
) -> Result<(Arc<dyn ObjectStore>, Path)> {
    let failed = |error: String| Error::InvalidOption(format!("the object store at '{url}': {}", secrets.hide(&error)));
    let (scheme, path) = ObjectStoreScheme::parse(url).map_err(|_| unsupported(url))?;
    macro_rules! built {
        ($builder:expr, $key:ty) => {{
            let mut builder = $builder.with_url(url.as_str()).with_retry(limits.retries());
            for (name, value) in settings {
                let key = name.to_ascii_lowercase().parse::<$key>();
                builder = builder.with_config(key.map_err(|_| unknown(name, &scheme))?, value);
            }
            Arc::new(builder.build().map_err(|error| failed(error.to_string()))?)
        }};
    }
    let store: Arc<dyn ObjectStore> = match scheme {
        // Files go one at a time, and not every server that speaks S3 removes many with one call.
        ObjectStoreScheme::AmazonS3 => {
            built!(AmazonS3Builder::from_env().with_disable_bulk_delete(true), AmazonS3ConfigKey)
        }
        ObjectStoreScheme::MicrosoftAzure => built!(MicrosoftAzureBuilder::from_env(), AzureConfigKey),
        ObjectStoreScheme::GoogleCloudStorage => built!(GoogleCloudStorageBuilder::from_env(), GoogleConfigKey),
        ObjectStoreScheme::Memory => Arc::new(InMemory::new()),
        _ => return Err(unsupported(url)),
    };
    Ok((store, path))
}

fn unsupported(url: &Url) -> Error {
    Error::InvalidOption(format!(
        "'{url}' names no object store; use s3://bucket/path, az://container/path or gs://bucket/path"
    ))
}

fn unknown(name: &str, scheme: &ObjectStoreScheme) -> Error {
    Error::InvalidOption(format!(
        "'object_store.{name}' is not a setting of {scheme:?}; see the documentation of object_store"
    ))
}
