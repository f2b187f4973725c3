"""Money: a double-entry ledger in hundredths of the currency, what is paid out, dated tax rules and invoices."""
