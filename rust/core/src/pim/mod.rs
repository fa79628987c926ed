//! pim
