"""What if cut off: stocks, shipments and licences week by week, by rules and at best."""
