"""Question -> Answer. Import its steps by name: some bring heavy libraries with them."""
