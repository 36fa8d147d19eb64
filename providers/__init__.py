"""The clouds. Each imports only the model, the protocols and the kit; clouds are strangers to each other."""
