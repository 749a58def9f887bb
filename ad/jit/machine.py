"""The host's code generator: IR text to object code, object code to addresses.

LLVM is reached through llvmlite. One linker (LLVM's ORC) serves the whole process; each linked
object keeps its code alive as long as its `Library` is referenced. Code generation runs without
optimisation passes by default, because generated densities are emitted as the vector code they
should become; hand-written kernels ask for LLVM's own O2 passes.
"""

import functools
import itertools
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import llvmlite
import llvmlite.binding as llvm

_LOCK = threading.Lock()
_SERIAL = itertools.count()


@dataclass(frozen=True)
class Host:
    """The machine code is made for.

    Attributes
    ----------
    triple, cpu, features : str
        As LLVM names them.
    key : str
        Identifies the CPU and the LLVM behind it; part of every cache key.
    """

    triple: str
    cpu: str
    features: str

    @property
    def key(self) -> str:
        """Part of every cache key: CPU, its features, LLVM's version."""
        version = ".".join(str(part) for part in llvm.llvm_version_info)
        return f"{self.triple}|{self.cpu}|{self.features}|llvm {version}|{llvmlite.__version__}"

    def has(self, feature: str) -> bool:
        """Whether the CPU has `feature`, by LLVM's name (`fma`, `avx2`, `neon`)."""
        return f"+{feature}" in self.features.split(",")


class Library:
    """Code linked into this process; it stays there while this object lives."""

    def __init__(
        self,
        tracker: llvm.ResourceTracker,
        name: str,
        exports: Sequence[str],
        libraries: Iterable["Library"] = (),
    ) -> None:
        self.name = name
        # What this code calls must outlive it, also where a cache kept another thread's copy.
        self._libraries = tuple(libraries)
        self._tracker = tracker
        self._addresses = {export: int(tracker[export]) for export in exports}
        missing = [export for export, address in self._addresses.items() if address == 0]
        if missing:  # calling address 0 would end the process
            raise RuntimeError(f"ad.jit.link: exports must be defined, got none for {missing}.")

    def address(self, name: str) -> int:
        """Address of an exported function."""
        return self._addresses[name]

    @property
    def addresses(self) -> Mapping[str, int]:
        """All exports with their addresses."""
        return self._addresses


@functools.cache
def host() -> Host:
    """The machine this process runs on."""
    _initialise()
    features = llvm.get_host_cpu_features().flatten()
    return Host(llvm.get_process_triple(), llvm.get_host_cpu_name(), features)


def emit(ir: str, level: int = 1, passes: bool = False) -> bytes:
    """Object code of a module of LLVM IR text.

    Parameters
    ----------
    ir : str
        The module, without a target triple or data layout.
    level : int
        Effort of code generation, 0 to 3.
    passes : bool
        Whether to run LLVM's optimisation passes (of speed level 2) first.

    Returns
    -------
    bytes
        A relocatable object for this host.
    """
    machine = _target_machine(level)
    with _LOCK:  # LLVM contexts are not for two threads at once
        module = llvm.parse_assembly(ir)
        module.triple = host().triple
        module.data_layout = str(machine.target_data)
        if passes:
            options = llvm.create_pipeline_tuning_options(speed_level=2)
            options.loop_vectorization = True
            options.slp_vectorization = True
            builder = llvm.create_pass_builder(machine, options)
            builder.getModulePassManager().run(module, builder)
        return bytes(machine.emit_object(module))


def undefined(ir: str) -> list[str]:
    """Names that a module of IR text calls or reads but does not define (intrinsics aside)."""
    _initialise()
    with _LOCK:
        module = llvm.parse_assembly(ir)
        values = itertools.chain(module.functions, module.global_variables)
        names = [value.name for value in values if value.is_declaration]
    return sorted(name for name in names if not name.startswith("llvm."))


def link(
    object_code: bytes,
    exports: Sequence[str],
    imports: Mapping[str, int] | None = None,
    libraries: Iterable[Library] = (),
) -> Library:
    """Put object code into this process.

    Parameters
    ----------
    object_code : bytes
        As `emit` made it, on this host.
    exports : sequence of str
        Functions whose addresses are wanted.
    imports : mapping of str to int, optional
        Addresses for names the code leaves undefined.
    libraries : iterable of Library
        Where else to look for such names. Names of the process itself (the C library's
        mathematics) are found last.

    Returns
    -------
    Library

    Raises
    ------
    RuntimeError
        For a name that is defined nowhere.
    """
    known: dict[str, int] = {}
    libraries = tuple(libraries)
    for library in libraries:
        known.update(library.addresses)
    known.update(imports or {})
    name = f"wengert-{next(_SERIAL)}"
    builder = llvm.JITLibraryBuilder().add_object_img(object_code).add_current_process()
    for symbol, address in known.items():
        builder.import_symbol(symbol, address)
    for symbol in exports:
        builder.export_symbol(symbol)
    with _LOCK:
        tracker = builder.link(_linker(), name)
    return Library(tracker, name, exports, libraries)


@functools.cache
def _initialise() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@functools.cache
def _target_machine(level: int) -> llvm.TargetMachine:
    here = host()
    target = llvm.Target.from_triple(here.triple)
    return target.create_target_machine(
        cpu=here.cpu, features=here.features, opt=level, reloc="pic", jit=True
    )


@functools.cache
def _linker() -> llvm.LLJIT:
    return llvm.create_lljit_compiler(_target_machine(2))
