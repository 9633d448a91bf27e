using System.Globalization;
using System.Text;

namespace Unikernel.Benchmarks;

/// <summary>Writes the "newc" cpio format that Linux unpacks as an initramfs (Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
internal sealed class CpioWriter(Stream stream)
{
    private const int Folders = 0x41ed, Files = 0x81a4, Programs = 0x81ed, CharacterDevices = 0x2180;
    private int _inode = 1;

    public void Folder(string name) => Entry(name, Folders, [], 0, 0);

    public void File(string name, byte[] content, bool executable) => Entry(name, executable ? Programs : Files, content, 0, 0);

    public void CharacterDevice(string name, int major, int minor) => Entry(name, CharacterDevices, [], major, minor);

    public void End() => Entry("TRAILER!!!", 0, [], 0, 0);

    private void Entry(string name, int mode, byte[] content, int major, int minor)
    {
        int[] fields = [_inode++, mode, 0, 0, 1, 0, content.Length, 0, 0, major, minor, name.Length + 1, 0];
        StringBuilder header = new("070701");
        foreach (int field in fields)
        {
            header.Append(field.ToString("x8", CultureInfo.InvariantCulture));
        }

        stream.Write(Encoding.ASCII.GetBytes(header.Append(name).Append('\0').ToString()));
        Pad();
        stream.Write(content);
        Pad();
    }

    private void Pad()
    {
        while (stream.Position % 4 != 0)
        {
            stream.WriteByte(0);
        }
    }
}
