#include "importer/store/file_system.hpp"

namespace clientsync {

// linux/magic.h lacks some of these numbers in Debian 12.
FileSystemKind file_system_kind(std::uint64_t statfs_type) {
  switch (static_cast<std::uint32_t>(statfs_type)) {
    case 0x01021994:  // tmpfs
    case 0x858458f6:  // ramfs
      return FileSystemKind::memory;
    case 0x00006969:  // NFS
    case 0x0000517b:  // SMB
    case 0xff534d42:  // CIFS
    case 0xfe534d42:  // SMB2
    case 0x65735546:  // FUSE
    case 0x01021997:  // 9P
    case 0x00c36400:  // Ceph
    case 0x5346414f:  // OpenAFS
    case 0x6b414653:  // the kernel's AFS
      return FileSystemKind::remote;
    default:
      return FileSystemKind::local;
  }
}

}  // namespace clientsync
