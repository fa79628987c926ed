//! A local Microsoft Entra ID, Microsoft Graph and Azure Resource Manager for rehearsals and tests.

pub mod pim;
