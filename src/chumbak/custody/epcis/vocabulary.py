"""The words of EPCIS 2.0 and of its Core Business Vocabulary (CBV 2.0): GS1 standards, ISO/IEC 19987 and 19988.

In JSON the standard's own words are written bare (``shipping``); anything else must be a URI. `Words` holds one list
of such words with the longer forms by which the same thing is known: the Web URI, which the event hash uses, and the
URN of CBV 1, which JSON may not hold.
"""

from __future__ import annotations

from dataclasses import dataclass

CBV = "https://ref.gs1.org/cbv/"
GS1_VOCABULARY = "https://gs1.org/voc/"
CONTEXT_URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

EVENT_TYPES = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
ACTIONS = ("OBSERVE", "ADD", "DELETE")


@dataclass(frozen=True)
class Words:
    """A list of bare words: what one is, the words, and their Web URI and CBV 1 URN up to the word ("" if none)."""

    what: str
    words: frozenset[str]
    web: str
    urn: str = ""

    def bare(self, text: str) -> str | None:
        """Return the bare word that a longer form stands for, or None."""
        tail = self.web.rpartition("/")[2]
        older = (f"{scheme}://{host}{tail}" for scheme in ("http", "https") for host in _OLDER_HOSTS)
        shorter = ("cbv:" + tail, "gs1:" + tail)
        for start in (self.web, self.urn, *older, *shorter):
            word = text.removeprefix(start)
            if start and word != text and word in self.words:
                return word
        return None


_OLDER_HOSTS = ("ns.gs1.org/cbv/", "ref.gs1.org/cbv/", "gs1.org/voc/", "www.gs1.org/voc/")


def _words(what: str, text: str, web: str, urn: str = "") -> Words:
    return Words(what, frozenset(text.split()), web, urn)


BIZ_STEP = _words(
    "business step",
    """accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
    retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
    unloading unpacking void_shipping""",
    CBV + "BizStep-",
    "urn:epcglobal:cbv:bizstep:",
)
DISPOSITION = _words(
    "disposition",
    """active available completeness_inferred completeness_verified conformant container_closed container_open damaged
    destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
    mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed
    recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown""",
    CBV + "Disp-",
    "urn:epcglobal:cbv:disp:",
)
BIZ_TRANSACTION_TYPE = _words(
    "kind of business transaction",
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt",
    CBV + "BTT-",
    "urn:epcglobal:cbv:btt:",
)
SOURCE_DESTINATION_TYPE = _words(
    "kind of source or destination", "owning_party possessing_party location", CBV + "SDT-", "urn:epcglobal:cbv:sdt:"
)
ERROR_REASON = _words("reason of an error", "did_not_occur incorrect_data", CBV + "ER-", "urn:epcglobal:cbv:er:")
COMPONENT = _words(
    "component of a measurement",
    """x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude
    longitude altitude""",
    CBV + "Comp-",
)
MEASUREMENT = _words(
    "kind of measurement",
    """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
    Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
    ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency
    Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
    LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
    MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux
    RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed
    SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction
    VolumetricFlux Wavenumber""",
    GS1_VOCABULARY,
)
SENSOR_ALERT = _words("alert of a sensor", "ALARM_CONDITION ERROR_CONDITION", GS1_VOCABULARY)

# Which list the value of a field is taken from. `type` depends on what it is the type of.
FIELD_WORDS: dict[str, Words] = {
    "bizStep": BIZ_STEP,
    "disposition": DISPOSITION,
    "set": DISPOSITION,
    "unset": DISPOSITION,
    "reason": ERROR_REASON,
    "exception": SENSOR_ALERT,
    "component": COMPONENT,
}
TYPE_WORDS: dict[str, Words] = {
    "bizTransactionList": BIZ_TRANSACTION_TYPE,
    "sourceList": SOURCE_DESTINATION_TYPE,
    "destinationList": SOURCE_DESTINATION_TYPE,
    "sensorReport": MEASUREMENT,
}

# Fields by where they stand. Beside these an object may hold extensions, whose names are URIs (``rem:content``).
DOCUMENT_FIELDS = (
    "@context", "id", "type", "schemaVersion", "creationDate", "instanceIdentifier", "sender", "receiver",
    "epcisHeader", "epcisBody",
)  # fmt: skip
QUERY_DOCUMENT_FIELDS = ("@context", "id", "type", "schemaVersion", "creationDate", "epcisBody")
EVENT_FIELDS = (
    "@context", "type", "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "certificationInfo",
    "errorDeclaration",
)  # fmt: skip
_SITUATION_FIELDS = (
    "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList",
    "destinationList", "sensorElementList",
)  # fmt: skip
_FAMILY_FIELDS = ("parentID", "childEPCs", "childQuantityList", "action", *_SITUATION_FIELDS)
TYPE_FIELDS: dict[str, tuple[str, ...]] = {
    "ObjectEvent": ("epcList", "quantityList", "action", *_SITUATION_FIELDS, "ilmd"),
    "AggregationEvent": _FAMILY_FIELDS,
    "AssociationEvent": _FAMILY_FIELDS,
    "TransactionEvent": ("parentID", "epcList", "quantityList", "action", *_SITUATION_FIELDS),
    "TransformationEvent": (
        "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID",
        *_SITUATION_FIELDS, "ilmd",
    ),
}  # fmt: skip
ERROR_DECLARATION_FIELDS = ("declarationTime", "reason", "correctiveEventIDs")
SENSOR_ELEMENT_FIELDS = ("sensorMetadata", "sensorReport")
SENSOR_METADATA_FIELDS = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
)  # fmt: skip
SENSOR_REPORT_FIELDS = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "time",
    "microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue",
    "uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom",
    "coordinateReferenceSystem",
)  # fmt: skip
QUANTITY_FIELDS = ("epcClass", "quantity", "uom")
