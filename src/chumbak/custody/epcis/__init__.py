"""What an event may say: EPCIS 2.0 documents read, checked, named by their hash. Pure: nothing is kept here."""
