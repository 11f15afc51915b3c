"""gRPC code from proto/, with types."""

import sys
import tempfile
from pathlib import Path

from pingshan_tools.edges import ROOT
from pingshan_tools.generate.files import Files
from pingshan_tools.process import run_to_end


def files() -> Files:
    """Returns the generated files. Raises ProgramError with what protoc says."""
    protos = sorted(str(path.relative_to(ROOT / "proto")) for path in (ROOT / "proto").rglob("*.proto"))
    programs = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        outputs = [f"--{kind}_out={folder}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
        plugins = [f"--plugin={name}={programs / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
        argv = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'proto'}", *plugins, *outputs, *protos]
        run_to_end("protoc", argv)
        made = (path for path in Path(folder).rglob("*") if path.is_file())
        return {Path("libs/contracts") / path.relative_to(folder): path.read_text("utf-8") for path in made}
