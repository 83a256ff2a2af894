# Libraries, found by pkg-config, as the imported targets PkgConfig::ZSTD, ::XXHASH, ::CRYPTO,
# ::JANSSON, ::CMOCKA (with BUILD_TESTING) and, where present, ::LZMA (LZMA_FOUND says so).
# SCAPE_STATIC_DEPENDENCIES takes static libraries, for programs that run where there are no others.
option(SCAPE_STATIC_DEPENDENCIES "link the dependencies as static libraries" OFF)
if(SCAPE_STATIC_DEPENDENCIES)
    set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()
find_package(PkgConfig REQUIRED)

pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.4.0)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash>=0.8.0)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=1.1.1)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.13)
if(BUILD_TESTING)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka>=1.1.5)
endif()
if(SCAPE_WITH_LZMA)
    pkg_check_modules(LZMA IMPORTED_TARGET liblzma)
endif()
