"""Cases of Google Cloud. A call is a method of the type's compute client with its own arguments (names and project are
added); ``{…}`` is a field of the object as got."""

from __future__ import annotations

from tests.conformance.case import Behind, Call, Case, Entry, ref, text

_SERVICE = "compute.googleapis.com"
NETWORK = Entry("network", f"{_SERVICE}/Network", {"name": "network", "autoCreateSubnetworks": False})


def _opened(address: str, *, network: str = "network") -> Entry:
    """A firewall that lets in one address."""
    body = {
        "name": "from-one",
        "network": ref(network, "selfLink"),
        "sourceRanges": [text(ref(address, "address"), "/32")],
        "allowed": [{"IPProtocol": "tcp", "ports": ["443"]}],
    }
    return Entry("opened", f"{_SERVICE}/Firewall", body)


CASES = (
    Case(
        Entry(
            "subject",
            f"{_SERVICE}/Network",
            {"name": "subject", "autoCreateSubnetworks": False, "routingConfig": {"routingMode": "REGIONAL"}},
        ),
        dependents=(
            Entry(
                "subnet",
                f"{_SERVICE}/Subnetwork",
                {"name": "inside", "network": ref("subject", "selfLink"), "ipCidrRange": "10.0.1.0/24"},
            ),
            Entry(
                "opened",
                f"{_SERVICE}/Firewall",
                {
                    "name": "web",
                    "network": ref("subject", "selfLink"),
                    "sourceRanges": ["0.0.0.0/0"],
                    "allowed": [{"IPProtocol": "tcp", "ports": ["443"]}],
                },
            ),
        ),
        updates=({"routingConfig.routingMode": "GLOBAL"}, {"mtu": 1500}),
        replaces=({"description": "another"}, {"name": "renamed"}),
        behind=Behind(
            "routingConfig.routingMode",
            Call("patch_unary", {"network_resource": {"routing_config": {"routing_mode": "GLOBAL"}}}),
        ),
    ),
    Case(
        Entry(
            "subject",
            f"{_SERVICE}/Subnetwork",
            {
                "name": "subject",
                "network": ref("network", "selfLink"),
                "ipCidrRange": "10.0.1.0/24",
                "privateIpGoogleAccess": True,
            },
        ),
        needs=(NETWORK,),
        dependents=(
            Entry(
                "address",
                f"{_SERVICE}/Address",
                {"name": "inside", "addressType": "INTERNAL", "subnetwork": ref("subject", "selfLink")},
            ),
        ),
        updates=(
            {"privateIpGoogleAccess": False},
            {"secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.8.0.0/20"}]},
            {"ipCidrRange": "10.0.0.0/20"},
        ),
        replaces=({"description": "another"}, {"name": "renamed", "ipCidrRange": "10.4.0.0/20"}),
        behind=Behind(
            "privateIpGoogleAccess",
            Call(
                "set_private_ip_google_access_unary",
                {
                    "subnetworks_set_private_ip_google_access_request_resource": {"private_ip_google_access": False},
                },
            ),
        ),
    ),
    Case(
        Entry(
            "subject",
            f"{_SERVICE}/Firewall",
            {
                "name": "subject",
                "network": ref("network", "selfLink"),
                "sourceRanges": ["192.0.2.0/24", "198.51.100.0/24"],
                "allowed": [{"IPProtocol": "tcp", "ports": ["22", "443"]}],
            },
        ),
        needs=(
            NETWORK,
            Entry("other", f"{_SERVICE}/Network", {"name": "other", "autoCreateSubnetworks": False}),
        ),
        dependents=(
            Entry("address", f"{_SERVICE}/GlobalAddress", {"name": "a", "labels": {"rule": ref("subject", "name")}}),
        ),
        updates=({"allowed": [{"IPProtocol": "tcp", "ports": ["443"]}]}, {"priority": 900, "disabled": True}),
        replaces=({"network": ref("other", "selfLink")}, {"name": "renamed"}),
        behind=Behind(
            "sourceRanges",
            Call("patch_unary", {"firewall_resource": {"name": "{name}", "source_ranges": ["0.0.0.0/0"]}}),
        ),
    ),
    Case(
        Entry("subject", f"{_SERVICE}/Address", {"name": "subject", "labels": {"team": "a"}}),
        needs=(NETWORK,),
        dependents=(_opened("subject"),),
        updates=({"labels": {"team": "b", "stage": "test"}}, {"labels": {"stage": "test"}}),
        replaces=({"networkTier": "STANDARD"}, {"name": "renamed"}),
        behind=Behind(
            "labels.team",
            Call(
                "set_labels_unary",
                {
                    "region_set_labels_request_resource": {
                        "labels": {"team": "another"},
                        "label_fingerprint": "{label_fingerprint}",
                    }
                },
            ),
        ),
    ),
    Case(
        Entry("subject", f"{_SERVICE}/GlobalAddress", {"name": "subject", "labels": {"team": "a"}}),
        needs=(NETWORK,),
        dependents=(_opened("subject"),),
        updates=({"labels": {"team": "b", "stage": "test"}},),
        replaces=({"description": "another"}, {"name": "renamed"}),
        behind=Behind(
            "labels.team",
            Call(
                "set_labels_unary",
                {
                    "global_set_labels_request_resource": {
                        "labels": {"team": "another"},
                        "label_fingerprint": "{label_fingerprint}",
                    }
                },
            ),
        ),
    ),
)
