"""Graphs to LLVM IR text: `emitter` writes instructions, `program` whole functions."""
