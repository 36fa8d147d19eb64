"""The handlers of resource types, in modules named after their service. Each has ``ADAPTERS``: by type name, its ``Adapter``."""
