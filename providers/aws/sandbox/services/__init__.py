"""What moto lacks or does otherwise than AWS, one module per service, named as requests for it are signed.

Each has ``HANDLERS`` (see ``corrections``), every rule after the service's API reference.
"""
