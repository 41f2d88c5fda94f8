# One target per habit; `make help` lists them. Everything a fresh machine lacks is found or installed by .ci/setup.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := all

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
# The library that `make install` takes; with object stores: make object-stores && make install NATIVE="$PWD/target/object-stores"
NATIVE ?= $(TARGET)/native
HOOKS := $(TARGET)/test-hooks/libflink_state_backend.so
DASHBOARD := $(TARGET)/examples/top
INSPECTOR := $(TARGET)/inspect/fsb-inspect
SOURCES := $(shell find src include build.rs cbindgen.toml Cargo.toml Cargo.lock .cargo -type f)

# Where `make install` puts things; DESTDIR stages them elsewhere, as packagers do.
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PACKAGED := $(DESTDIR)$(LIBDIR)/cmake/flink_state_backend
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
FILL = sed -e 's|@VERSION@|$(VERSION)|' -e 's|@PREFIX@|$(PREFIX)|' \
	-e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR:$(PREFIX)/%=$${prefix}/%)|' \
	-e "s|@INCLUDE_FROM_LIB@|$$(realpath -m --relative-to='$(LIBDIR)' '$(INCLUDEDIR)')|"

.PHONY: all build demo demo-c test test-rust test-c test-dotnet test-nuget pack api check header abi object-stores top inspect bench kill-loop install setup test-ready clean help

all: build ## the same as build

build: setup ## the library, optimised; writes the header
	@.ci/build

demo: build ## stream a month of flights through the backend, kill it half-way, compare the totals
	@.ci/demo

demo-c: build ## the same, always as a C program
	@.ci/demo c

test: test-ready ## all tests, in Rust, C, C++ and C#, packages too; ends with "N passed, N failed"
	@.ci/test rust c dotnet nuget

test-rust: test-ready ## the Rust tests alone
	@.ci/test rust

test-c: test-ready ## the C and C++ tests alone
	@.ci/test c

test-dotnet: test-ready ## the C# tests alone
	@.ci/test dotnet

test-nuget: build ## the tests of the NuGet packages alone
	@.ci/test nuget

pack: build ## the NuGet packages, into packages/ of the target folder
	@.ci/pack

api: ## write what is new of the public surface into PublicAPI.Unshipped.txt, which the build holds the C# assemblies to
	@.ci/public-api

check: build ## format, lints, documentation, header: before every commit
	@.ci/check

header: build ## regenerate include/flink_state_backend.h, which every build does, and show what changed
	@git --no-pager diff --stat -- include

abi: build ## hold exports, linking and header of the built library to their rules
	@.ci/test abi

object-stores: setup ## the library with checkpoints in S3, Azure Blob Storage and Google Cloud Storage, into target/object-stores
	@.ci/build object-stores

top: $(DASHBOARD) $(if $(FOLDER),,build) ## watch the figures that the process of a state folder publishes: make top FOLDER=path; without one, the demo's
	@.ci/top '$(FOLDER)'

inspect: $(INSPECTOR) ## fsb-inspect, which looks into checkpoints and state folders; make install takes it along once it is there

bench: build ## measure against the raw engine; writes bench/summary.json and bench/summary-keyed.json into the target folder
	@bash benches/run
	@bash benches/run keyed

kill-loop: test-ready ## 2,000 random kills of a writing process, no acknowledged write may be lost (minutes)
	@.ci/build-c tests
	@$(TARGET)/tests-c/kill_loop --kills 2000

install: ## header, libraries, pkg-config and CMake files, and fsb-inspect if it was made, into PREFIX, staged under DESTDIR
	@install -d '$(DESTDIR)$(INCLUDEDIR)' '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(PACKAGED)'
	@install -m 644 include/flink_state_backend.h '$(DESTDIR)$(INCLUDEDIR)'
	@install -m 755 '$(NATIVE)/libflink_state_backend.so' '$(DESTDIR)$(LIBDIR)'
	@install -m 644 '$(NATIVE)/libflink_state_backend.a' '$(DESTDIR)$(LIBDIR)'
	@if [ -x '$(INSPECTOR)' ]; then install -D -m 755 '$(INSPECTOR)' '$(DESTDIR)$(BINDIR)/fsb-inspect'; fi
	@$(FILL) bindings/c/flink_state_backend.pc.in >'$(DESTDIR)$(LIBDIR)/pkgconfig/flink_state_backend.pc'
	@$(FILL) bindings/c/flink_state_backend-config.cmake.in >'$(PACKAGED)/flink_state_backend-config.cmake'
	@$(FILL) bindings/c/flink_state_backend-config-version.cmake.in >'$(PACKAGED)/flink_state_backend-config-version.cmake'

setup: ## find or install compilers and libclang; Rust must be there
	@.ci/setup

# cmake is for the package test alone, s3 for the tests of object stores, zstd and python3 for the one that reads a savepoint with another program.
# The plain library comes last, because cargo goes on from there.
test-ready: $(HOOKS) build
	@.ci/setup s3 cmake zstd python3

$(HOOKS): $(SOURCES) | setup
	@.ci/build test-hooks

$(DASHBOARD): $(SOURCES) $(wildcard examples/top/*.rs) | setup
	@.ci/build top

$(INSPECTOR): $(SOURCES) | setup
	@.ci/build inspect

clean: ## remove everything that was built
	rm -rf '$(TARGET)'

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 14
