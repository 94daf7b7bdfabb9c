"""Model files come from outside: only whole, unaltered, harmless ones may be used."""

from __future__ import annotations

import json
import struct
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

from core.errors import InputRefused, ModelFileError
from core.models import manifest
from core.models.load import read_tensors
from core.models.onnx import has_external_data, onnx_session
from core.models.pack import Pack, open_pack
from core.models.store import import_pack, installed_packs


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A pack of two components, with the user's data folder kept inside tmp_path."""
    monkeypatch.setenv("COIFFE_HOME", str(tmp_path / "home"))
    target = tmp_path / "packs" / "mine"
    target.mkdir(parents=True)
    save_file({"w": torch.arange(6.0).reshape(2, 3)}, target / "generator.safetensors", metadata={"kind": "test"})
    (target / "landmarks.onnx").write_bytes(network().SerializeToString())
    (target / "MODEL_CARD.md").write_text("card")
    manifest.update_component(target, "generator", "generator.safetensors", {"resolution": 16})
    manifest.update_component(target, "landmarks", "landmarks.onnx", {})
    manifest.describe_pack(target, title="Mine", licence="CC0-1.0")
    return target


def network(external: bool = False) -> onnx.ModelProto:
    """y = x + 1 as an ONNX graph."""
    one = numpy_helper.from_array(np.ones(3, np.float32), "one")
    if external:
        onnx.external_data_helper.set_external_data(one, location="../../secret.bin")
        one.ClearField("raw_data")
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "one"], ["y"])], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3])], [one])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_open_by_name_and_by_folder(folder, tmp_path):
    pack = open_pack(folder)
    assert (pack.name, pack.config("generator")["resolution"]) == ("mine", 16)
    assert pack.path("landmarks") == folder / "landmarks.onnx"
    assert import_pack(folder) == tmp_path / "home" / "models" / "mine"
    assert open_pack("mine").folder == tmp_path / "home" / "models" / "mine"
    assert (tmp_path / "home" / "models" / "mine" / "MODEL_CARD.md").read_text() == "card"


def test_unknown_pack_and_component_say_what_there_is(folder):
    with pytest.raises(ModelFileError, match="Installed packs"):
        open_pack("no such pack")
    with pytest.raises(ModelFileError, match="generator, landmarks"):
        open_pack(folder).path("encoder")


def test_altered_missing_and_short_files_are_refused(folder):
    path = folder / "generator.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(ModelFileError, match="SHA-256"):
        Pack(folder).path("generator")
    assert "altered" in Pack(folder).verify()["generator"]
    path.write_bytes(data[:-1])
    with pytest.raises(ModelFileError, match="bytes"):
        Pack(folder).path("generator")
    path.unlink()
    with pytest.raises(ModelFileError, match="missing"):
        Pack(folder).path("generator")
    with pytest.raises(ModelFileError, match="not installed"):
        import_pack(folder)


def test_alteration_after_the_first_check_is_seen(folder):
    pack = Pack(folder)
    path = pack.path("generator")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ModelFileError, match="SHA-256"):
        pack.path("generator")


def test_a_new_export_is_taken_by_packs_already_open(folder):
    pack = Pack(folder)
    pack.path("generator")
    save_file({"w": torch.ones(4)}, folder / "generator.safetensors")
    manifest.update_component(folder, "generator", "generator.safetensors", {"resolution": 32})
    assert read_tensors(pack.path("generator"))["w"].shape == (4,)
    assert pack.config("generator")["resolution"] == 32


@pytest.mark.parametrize("file", ["../x", "/etc/passwd", "a/b", "C:x", "..", ""])
def test_manifest_cannot_point_outside(folder, file):
    data = json.loads((folder / "manifest.json").read_text())
    data["components"]["generator"]["file"] = file
    (folder / "manifest.json").write_text(json.dumps(data))
    with pytest.raises(ModelFileError, match="outside the pack"):
        Pack(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 9}', '{"format": 1}', '{"format": 1, "components": 3}',
                                  "[" * 100_000, '{"format": 1, "components": {"a": {"file": "b"}}}'])
def test_damaged_manifests_are_refused(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ModelFileError, match="damaged"):
        Pack(folder)
    assert not installed_packs() or all(state.name != "mine" for state in installed_packs())


def test_two_writers_lose_nothing(folder):
    names = [f"part{index}" for index in range(12)]
    for name in names:
        (folder / name).write_bytes(name.encode())
    threads = [threading.Thread(target=manifest.update_component, args=(folder, name, name, {})) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pack = Pack(folder)
    assert set(names) < set(pack.manifest.components)
    assert not any(pack.verify().values())
    assert pack.manifest.title == "Mine"


def test_import_does_not_replace_unasked(folder):
    import_pack(folder)
    with pytest.raises(InputRefused, match="installed already"):
        import_pack(folder)
    import_pack(folder, replace=True)
    states = {state.name: state for state in installed_packs(check=True)}
    assert states["mine"].sound
    assert [path.name for path in (folder.parent.parent / "home" / "models").iterdir()] == ["mine"]


def test_tensors_are_read_and_checked(folder):
    path = folder / "generator.safetensors"
    assert torch.equal(read_tensors(path, {"w": (2, 3)})["w"], torch.arange(6.0).reshape(2, 3))
    with pytest.raises(ModelFileError, match="shape"):
        read_tensors(path, {"w": (3, 2)})
    with pytest.raises(ModelFileError, match="v is missing"):
        read_tensors(path, {"v": (3,), "w": (2, 3)})
    with pytest.raises(ModelFileError, match="not expected"):
        read_tensors(path, {})
    save_file({"w": torch.tensor([1.0, float("nan")])}, path)
    with pytest.raises(ModelFileError, match="not finite"):
        read_tensors(path)


@pytest.mark.parametrize("data", [
    b"", b"\x80\x04", struct.pack("<Q", 1 << 60) + b"{}", struct.pack("<Q", 2) + b"[]",
    struct.pack("<Q", 60) + b'{"w":{"dtype":"F32","shape":[1000000],"data_offsets":[0,4]}}' + bytes(4),
    struct.pack("<Q", 12) + b'{"w":{"a":1}}',
])
def test_damaged_tensor_files_are_refused(tmp_path, data):
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelFileError):
        read_tensors(path)


def test_onnx_session_runs_and_has_nothing_outside(folder, tmp_path):
    session = onnx_session(folder / "landmarks.onnx", threads=1)
    assert np.array_equal(session.run(None, {"x": np.zeros(3, np.float32)})[0], np.ones(3, np.float32))
    path = tmp_path / "external.onnx"
    path.write_bytes(network(external=True).SerializeToString())
    assert has_external_data(path.read_bytes())
    with pytest.raises(ModelFileError, match="other files"):
        onnx_session(path)


def test_external_data_is_found_in_attributes_and_subgraphs():
    inner = network(external=True).graph
    node = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    graph = helper.make_graph([node], "g", [], [])
    assert has_external_data(helper.make_model(graph).SerializeToString())
    constant = helper.make_node("Constant", [], ["y"], value=inner.initializer[0])
    assert has_external_data(helper.make_model(helper.make_graph([constant], "g", [], [])).SerializeToString())


@pytest.mark.parametrize("data", [b"", b"not a network", b"\x0a\x05", bytes(64), b"\xff" * 64])
def test_files_that_are_no_networks_are_refused(tmp_path, data):
    path = tmp_path / "x.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match="cannot be used"):
        onnx_session(path)


def test_onnx_with_an_unknown_operator_is_refused(tmp_path):
    graph = helper.make_graph([helper.make_node("Evil", [], ["y"], domain="custom")], "g", [], [])
    path = tmp_path / "x.onnx"
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("custom", 1)]).SerializeToString())
    with pytest.raises(ModelFileError, match="cannot be used"):
        onnx_session(path)
