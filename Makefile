# The front door: installs what is missing, builds and runs. What it builds is in CMakePresets.json.
#
#   make run      build the release and run samples/tour.asy
#   make test     build with gcc and clang, sanitized, optimised, under stress; run every test
#   make test-cpython  build the release and run CPython's own test files with it (tests/cpython)
#   make build    build the release alone: build/release/asy
#   make bench    compare with CPython, uvloop, Lua and node (bench/run.py)
#   make install  install the release (PREFIX=/usr/local, DESTDIR)
#   make clean    remove build/

PREFIX ?= /usr/local
TESTED := asan release release-clang stress

# What configuring says is of interest only where it fails.
quietly = $(2) >build/$(1).log 2>&1 || { cat build/$(1).log; exit 1; }

.PHONY: run test test-cpython build bench install clean setup setup-test $(addprefix tested-,$(TESTED))

run: build
	build/release/asy samples/tour.asy

build: setup
	@$(call quietly,release,cmake --preset release -DASY_TESTS=OFF)
	cmake --build --preset release --target asy

# One ctest over all builds, so that one last line tells how it went.
test: $(addprefix tested-,$(TESTED))
	@for preset in $(TESTED); do echo "subdirs($$preset)"; done >build/CTestTestfile.cmake
	ctest --test-dir build -j$$(nproc) --output-on-failure --no-tests=error

$(addprefix tested-,$(TESTED)): tested-%: setup-test
	@$(call quietly,$*,cmake --preset $* -DASY_TESTS=ON -DASY_CPYTHON_TESTS=OFF -DASY_TEST_PREFIX=$*.)
	cmake --build --preset $*

test-cpython: setup-test
	@$(call quietly,release,cmake --preset release -DASY_TESTS=ON -DASY_TEST_PREFIX=release. -DASY_CPYTHON_TESTS=ON)
	cmake --build --preset release
	ctest --test-dir build/release -R cpython --output-on-failure --no-tests=error

bench: build
	python3 bench/run.py

install: build
	cmake --build --preset release
	cmake --install build/release --prefix $(PREFIX)

clean:
	rm -rf build

setup:
	@scripts/setup run && mkdir -p build

setup-test:
	@scripts/setup test && mkdir -p build
