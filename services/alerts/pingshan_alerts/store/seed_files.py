"""Reads this service's data files, once per process."""

from functools import cache
from importlib.resources import files
from json import loads
from typing import Any

from pingshan_values.polygon import Areas

from pingshan_alerts.domain import reference as build
from pingshan_alerts.domain.payload_contract import PayloadContract
from pingshan_alerts.domain.reference import Camera, Reference


@cache
def reference() -> Reference:
    detections, geography = _read("detections.json"), _read("streets.geojson")
    texts = _read("sms_templates.json")
    geometries = {feature["properties"]["code"]: feature["geometry"] for feature in geography["features"]}
    return Reference(
        kinds=build.kinds(detections),
        cameras={entry["id"]: _camera(entry) for entry in _read("cameras.json")["cameras"]},
        audience=build.audience(_read("level_audience.json"), tuple(geometries)),
        streets=Areas(geometries),
        outlines={code: geometry["coordinates"][0] for code, geometry in geometries.items()},
        templates=build.templates(texts),
        messages=build.budget(texts["altogether"]),
        video=PayloadContract(detections["payload_schema"]),
        pole=PayloadContract(detections["pole_payload_schema"]),
    )


def _camera(entry: dict[str, Any]) -> Camera:
    return Camera(entry["id"], entry["name"], entry["street"], entry["owner"])


def _read(name: str) -> Any:
    return loads(files("pingshan_alerts").joinpath("seed", name).read_text(encoding="utf-8"))
