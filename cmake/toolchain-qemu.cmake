# Cross build whose programs run under qemu-user: tools/qemu-check gives the Debian architecture
# (SCAPE_ARCH) and the folder of its libraries (SCAPE_SYSROOT, see tools/install-deps).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SCAPE_ARCH SCAPE_SYSROOT)

if(SCAPE_ARCH STREQUAL "s390x")
    set(CMAKE_SYSTEM_PROCESSOR s390x)
    set(triplet s390x-linux-gnu)
    set(multiarch s390x-linux-gnu)
    set(emulator qemu-s390x)
elseif(SCAPE_ARCH STREQUAL "i386")
    set(CMAKE_SYSTEM_PROCESSOR i686)
    set(triplet i686-linux-gnu)
    set(multiarch i386-linux-gnu)
    set(emulator qemu-i386)
elseif(SCAPE_ARCH STREQUAL "arm64")
    set(CMAKE_SYSTEM_PROCESSOR aarch64)
    set(triplet aarch64-linux-gnu)
    set(multiarch aarch64-linux-gnu)
    set(emulator qemu-aarch64)
else()
    message(FATAL_ERROR "SCAPE_ARCH is s390x, i386 or arm64, not '${SCAPE_ARCH}'")
endif()

set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR "${emulator};-L;${SCAPE_SYSROOT}")

set(CMAKE_FIND_ROOT_PATH "${SCAPE_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_LIBRARY_ARCHITECTURE ${multiarch})

set(ENV{PKG_CONFIG_DIR} "")
set(ENV{PKG_CONFIG_LIBDIR} "${SCAPE_SYSROOT}/usr/lib/${multiarch}/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${SCAPE_SYSROOT}")

# Headers that lie in the architecture's own folder, and libraries that others depend on.
set(CMAKE_C_FLAGS_INIT "-isystem ${SCAPE_SYSROOT}/usr/include/${multiarch}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${SCAPE_SYSROOT}/usr/lib/${multiarch}:${SCAPE_SYSROOT}/lib/${multiarch}")
