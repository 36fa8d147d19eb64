"""AWS Cloud Control API over moto: resource types by the registry's schemas, each through handlers that work on moto's objects.

``schemas`` says what the registry does, ``patches`` is RFC 6902, ``requests`` are the operations under way, ``adapter`` is what a
type's handlers look like, ``types`` has them, one module per service. The operations themselves are in ``services``.
"""
