//! Certificates that are trusted besides those of the system.

use std::path::Path;

use reqwest::Certificate;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::pem;
use crate::session::SessionConfig;

/// Names a PEM file of roots, as OpenSSL and most command-line programs know it.
const FILE: &str = "SSL_CERT_FILE";

/// Those of the configuration's file and of the environment's.
///
/// # Errors
/// `InvalidConfiguration` if a file cannot be read, or holds no certificate.
pub(super) fn of(config: &SessionConfig, environment: &Environment<'_>) -> Result<Vec<Certificate>> {
    let mut roots = Vec::new();
    if let Some(path) = &config.trusted_roots_file {
        roots.extend(read(path, "trustedRootsFile")?);
    }
    if let Some(path) = environment.text(FILE) {
        roots.extend(read(Path::new(&path), FILE)?);
    }
    Ok(roots)
}

fn read(path: &Path, named_by: &str) -> Result<Vec<Certificate>> {
    let refuse = |why: &str| {
        Error::new(
            ErrorCode::InvalidConfiguration,
            format!("the trusted roots in `{}`, named by `{named_by}`, cannot be used: {why}", path.display()),
        )
        .hint("name a file with certificates in PEM (`-----BEGIN CERTIFICATE-----`), or none")
        .target(named_by)
    };
    let file = std::fs::read(path).map_err(|error| refuse(&format!("it cannot be read: {error}")))?;
    let roots: Vec<_> = CertificateDer::pem_slice_iter(&pem::text(&file)).flatten().filter_map(usable).collect();
    if roots.is_empty() {
        // A SEQUENCE that is longer than 127 bytes.
        let is_der = matches!(file.as_slice(), [0x30, 0x81..=0x84, ..]);
        return Err(refuse(if is_der {
            "it is DER; `openssl x509 -inform der -in … -out …` makes PEM of it"
        } else {
            "there is no certificate in it that can be read"
        }));
    }
    Ok(roots)
}

/// Bundles of many years hold odd ones. One that cannot be read vouches for nobody, and the client would refuse all for it.
fn usable(root: CertificateDer<'static>) -> Option<Certificate> {
    let certificate = Certificate::from_der(&root).ok()?;
    RootCertStore::empty().add(root).ok()?;
    Some(certificate)
}
