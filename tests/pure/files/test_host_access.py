"""A15: what a topology file can do to the host. What is not known to be harmless is named, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

import topologies
from lab.errors import Mistakes
from lab.files.topology_file import read_topology_file

SAFE = """\
name: site
topology:
  defaults: {image: mseelab/frr, network-mode: none, image-pull-policy: Never}
  nodes:
    ce1: {labels: {mseelab-role: ce}}
    msee1: {labels: {mseelab-role: msee, mseelab-path: primary}}
    msee2: {labels: {mseelab-role: msee, mseelab-path: secondary}}
    azure: {labels: {mseelab-role: azure}}
    extra: {kind: linux}
  links:
    - endpoints: ["ce1:eth1", "msee1:eth1"]
    - endpoints: ["ce1:eth2", "msee2:eth1"]
    - endpoints: ["msee1:eth9", "azure:eth1"]
    - endpoints: ["msee2:eth9", "azure:eth2"]
"""
EXTRA, LINKS, END = "extra: {kind: linux}", "  links:\n", "{node: ce1, interface: e}"
NODE_KEYS = """\
startup-config: /etc/shadow|startup-delay: 86400|enforce-startup-config: true|auto-remove: true|config: {vars: {}}
license: /etc/shadow|hostname: h|entrypoint: sh|cmd: sh|exec: [id]|binds: ["/:/h"]|volumes: ["v:/v"]
devices: [/dev/sda]|cap-add: [ALL]|privileged: true|cgroupns-mode: host|cgroup-parent: /|pid-mode: host|tmpfs: {/t: ""}
security-opts: [apparmor=unconfined]|shm-size: 1g|ports: ["22:22"]|mgmt-ipv4: 172.20.20.2|env: {__IMPORT_ENVS: "true"}
env-files: [/proc/self/environ]|user: root|runtime: podman|sysctls: {kernel.core_pattern: x}|extras: {}
stages: {create: {exec: [{command: id, target: host, phase: on-enter}]}}|dns: {servers: [1.1.1.1]}
certificate: {issue: true}
healthcheck: {test: [CMD, id]}|credentials: {identity-file: /root/.ssh/id_rsa}|aliases: [a]|components: []|type: x
a-key-of-a-later-containerlab: 1|"<<": {}|network-mode: host|network-mode: container:x|kind: host|kind: bridge
kind: ovs-bridge|kind: ext-container|kind: k8s-kind|kind: nokia_srlinux|image: evil|image: docker.io/mseelab/frr
image: "mseelab/frr@sha256:0"|image-pull-policy: Always|labels: {traefik.enable: "true"}|image: "${IMAGE}"
labels: {mseelab-note: "$TOKEN"}|labels: {mseelab-note: "\\x7b\\x7b env }}"}|labels: {mseelab-note: "\\u0024{TOKEN}"}
""".replace("\n", "|").strip("|").split("|")
OTHERS = {
    "a name that is the branch's": ("name: site", "name: __gitBranch__"),
    "a network of the host": ("name: site", "name: site\nmgmt: {bridge: docker0}"),
    "a prefix": ("name: site", "name: site\nprefix: ''"),
    "settings": ("name: site", "name: site\nsettings: {certificate-authority: {key: /etc/shadow}}"),
    "a kind's": (LINKS, "  kinds: {linux: {binds: ['/:/h']}}\n  links:\n"),
    "a group's": (LINKS, "  groups: {g: {exec: [id]}}\n  links:\n"),
    "the defaults'": ("image-pull-policy: Never}", "image-pull-policy: Never, privileged: true}"),
    "a key of the topology": (LINKS, "  hooks: {}\n  links:\n"),
    "no network mode": ("network-mode: none, ", ""),
    "an image of ours that is pulled": (", image-pull-policy: Never", ""),
    "a node called host": (EXTRA, "host: {kind: linux}"),
    "a node called Host": (EXTRA, "'Host ': {kind: linux}"),
    "a node called mgmt-net": (EXTRA, "mgmt-net: {kind: linux}"),
    "a node with a path": (EXTRA, "'../../x': {kind: linux}"),
    "a link to a node called host": (EXTRA, "host:\n  links:\n    - endpoints: ['host:eth5', 'ce1:eth5']\n  x:"),
    "a link to the host": (LINKS, f"{LINKS}    - {{type: host, endpoint: {END}, host-interface: x}}\n"),
    "a link that is macvlan": (LINKS, f"{LINKS}    - {{type: macvlan, endpoint: {END}, host-interface: x}}\n"),
    "a link that is vxlan": (LINKS, f"{LINKS}    - {{type: vxlan, endpoint: {END}, remote: 1.1.1.1, vni: 1}}\n"),
    "a variable in a key": (EXTRA, "extra: {labels: {'mseelab-${X}': y}}"),
}


def powers(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "site.clab.yml"
    path.write_text(text)
    found = read_topology_file(path, path.name)
    assert all(m.warning and m.rule == "ER609" for m in found.access.powers)
    return [str(m) for m in found.access.powers]


@pytest.mark.rule("ER609")
def test_what_is_harmless_is_not_named(tmp_path: Path) -> None:
    assert powers(tmp_path, SAFE) == []
    for name in topologies.names():
        path = topologies.folder(name) / f"{name}.clab.yml"
        assert read_topology_file(path, path.name).access.powers == (), name


@pytest.mark.parametrize("key", NODE_KEYS)
@pytest.mark.rule("ER609")
def test_a_node_that_can_touch_the_host_is_named_with_its_line(tmp_path: Path, key: str) -> None:
    found = powers(tmp_path, SAFE.replace(EXTRA, f"extra: {{{key}}}"))
    assert found
    assert all(line.startswith("site.clab.yml:9: ER609 ") for line in found), found
    with_role = SAFE.replace("{mseelab-role: ce}}", f"{{mseelab-role: ce}}, {key}}}")
    if "labels:" not in key:
        assert powers(tmp_path, with_role), "a node of ours can do it as well"


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.rule("ER609")
def test_what_else_can_touch_the_host_is_named(tmp_path: Path, name: str) -> None:
    old, new = OTHERS[name]
    assert old in SAFE
    assert powers(tmp_path, SAFE.replace(old, new, 1))


@pytest.mark.rule("ER606")
def test_a_template_in_a_comment_is_one(tmp_path: Path) -> None:
    """containerlab runs it before it knows what a comment is, and it can end the line."""
    path = tmp_path / "site.clab.yml"
    path.write_text(f'# {{{{ "\\n" }}}}\n{SAFE}')
    with pytest.raises(Mistakes) as refused:
        read_topology_file(path, path.name)
    assert [str(m) for m in refused.value.mistakes] == [
        "site.clab.yml:1: ER606: found a template ({{ }}); allowed plain YAML"
    ]


@pytest.mark.rule("ER601")
@pytest.mark.parametrize("name", ["../x", "a/b", "'a b'", "''", ".x", "[a]", "x" * 64])
def test_a_name_that_is_a_path_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "site.clab.yml"
    path.write_text(SAFE.replace("name: site", f"name: {name}"))
    assert [m.rule for m in read_topology_file(path, path.name).mistakes] == ["ER601"]
