"""What the chain is: materials with compositions, recipes compiled from recoveries, and what each rung must supply."""

from chumbak.chain.audit import AuditError, audit, audit_requirements
from chumbak.chain.recipes import compile_chain
from chumbak.chain.requirements import requirements

__all__ = ["AuditError", "audit", "audit_requirements", "compile_chain", "requirements"]
