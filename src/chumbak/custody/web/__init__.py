"""The service: EPCIS 2.0 over REST, the ledger of elements, certificates; keys and roles, limits, problems told."""
