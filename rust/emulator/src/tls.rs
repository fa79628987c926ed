//! A certificate authority of the moment and a certificate for `localhost` from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::error::{Error, Result};

/// What TLS needs: the acceptor of the listeners, and the file that clients have to trust.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) certificate: CertificateFile,
}

/// The authority's certificate as PEM; the file goes when the emulator goes.
pub(crate) struct CertificateFile(PathBuf);

impl CertificateFile {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for CertificateFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Tls {
    pub(crate) fn make() -> Result<Self> {
        let keys = |error: rcgen::Error| Error::Keys(error.to_string());
        let authority_key = KeyPair::generate().map_err(keys)?;
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "pim-emulator authority of this run");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_certificate = authority.self_signed(&authority_key).map_err(keys)?;
        let issuer = Issuer::new(authority, authority_key);

        let key = KeyPair::generate().map_err(keys)?;
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
        let mut leaf = CertificateParams::new(names).map_err(keys)?;
        leaf.distinguished_name.push(DnType::CommonName, "localhost");
        leaf.use_authority_key_identifier_extension = true;
        let leaf = leaf.signed_by(&key, &issuer).map_err(keys)?;

        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], private))
            .map_err(|error| Error::Keys(error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];

        let path = std::env::temp_dir().join(format!("pim-emulator-{}.pem", Uuid::new_v4()));
        std::fs::write(&path, authority_certificate.pem()).map_err(|source| Error::Write { path: path.display().to_string(), source })?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate: CertificateFile(path) })
    }
}
