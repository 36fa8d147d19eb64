"""SDKs are imported by one thread at a time, whichever cloud's: what they share does not survive two."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from providers.aws.client import Clients as Aws
from providers.azure.client import Call as AzureCall
from providers.azure.client import Clients as Azure
from providers.gcp import faults
from providers.gcp.client import Call as GcpCall
from providers.gcp.client import Clients as Gcp
from providers.kit.importing import IMPORTING
from provisioner.model.fault import ProviderError
from provisioner.model.place import Place

NOWHERE = "http://127.0.0.1:9"


def aws() -> None:
    Aws().send(Place("aws", "aws", "1", "us-east-1", endpoint=NOWHERE), "ec2", "DescribeVpcs", {})


def azure() -> None:
    Azure().send(AzureCall(Place("az", "azure", "1", endpoint=NOWHERE), "subscriptions", "GET", "/subscriptions/1"))


def gcp() -> None:
    place = Place("gcp", "gcp", "p", endpoint=NOWHERE)
    Gcp().send(GcpCall(place, "GET", "compute/v1/projects/p", faults.Context("compute", "projects.get")))


@pytest.mark.parametrize("send", [aws, azure, gcp])
def test_a_request_waits_for_the_imports_of_another_cloud(send: Callable[[], None]) -> None:
    ended = threading.Event()

    def work() -> None:
        with pytest.raises(ProviderError):
            send()
        ended.set()

    work()  # all is imported now, so that the next is quick unless it waits
    ended.clear()
    with IMPORTING:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        assert not ended.wait(1)
    assert ended.wait(60)
    thread.join(10)
