using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>
/// The same calls to the real libSystem.Native on Linux, in a fresh directory, and to the library OS must give the same
/// results, errors and contents: hand-picked cases, and long random scripts from seeds.
/// </summary>
public sealed unsafe partial class FileOracleTests : IDisposable
{
    private readonly string _real = Directory.CreateTempSubdirectory("oracle").FullName;
    private readonly string _ours;

    public FileOracleTests()
    {
        TestFiles.EnsureArchive();
        _ours = "/tmp/" + Path.GetFileName(_real);
        fixed (byte* p = Z(_ours))
            Assert.Equal(0, NameEntryPoints.MakeDirectory(p, 0x1C0));
    }

    public void Dispose() => Directory.Delete(_real, recursive: true);

    // What a step does: a letter and paths relative to the fresh directory.
    public static TheoryData<string> Cases =>
    [
        "create a; write a hello; read a",
        "open missing",
        "open a/b",
        "create a; open a/b; mkdir a; mkdir a/b; rmdir a; opendir a",
        "mkdir d; mkdir d; rmdir d; rmdir d",
        "mkdir d; create d/f; rmdir d; unlink d; unlink d/f; rmdir d",
        "mkdir d; open d; create d; write d x; read d",
        "create a; excl a; excl b; excl b",
        "create a; rename a b; stat a; stat b; rename a b",
        "create a; mkdir d; rename a d; rename d a; rename a d/x; stat d/x",
        "mkdir d; mkdir e; create e/x; rename d e; unlink e/x; rename d e; stat d; stat e",
        "mkdir d; mkdir d/e; rename d d/e/f; rename d/e d; rename d d",
        "create a; link a b; write a one; read b; unlink a; read b; stat b",
        "mkdir d; link d e; link missing e; create e; link e d",
        "symlink a l; open l; stat l; lstat l; create l; lstat a; read l; unlink l; lstat a; lstat l",
        "symlink l l; open l; stat l; create l; rmdir l; unlink l",
        "mkdir d; symlink d l; create l/x; stat d/x; opendir l; rmdir l; unlink l; stat d/x",
        "mkdir d; symlink ../d d/up; stat d/up/up/up; realpath d/up/up",
        "create a; stat a/; open a/; rename a b/; mkdir m/; stat m/; rmdir m/",
        "create x/; mkdir n1/n2; stat .; stat ..; stat d/../a; mkdir d; create d/../a; stat a",
        "create a; truncate a 10; read a; truncate a 3; read a; truncate a -1; stat a",
        "create a; pwrite a 100000 z; stat a; pread a 99999 5; pread a 100001 5; truncate a 50; truncate a 60; read a",
        "symlink missing l; rename l k; lstat k; realpath k; readlink k; readlink missing; create f; readlink f",
        "mkdir d; realpath d/../d/.; realpath d/x; rmdir .; rmdir d/.; unlink .",
        "create a; access a; access b; chmod a 511; stat a; chmod b 1",
        "create a; create a; trunc a; write a long; trunc a; read a",
        "symlink a l; excl l; stat l; symlink b l; link l h; lstat h",
        "create aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; opendir .",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Hand_picked(string script) => Compare(script.Split("; "));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Random_scripts(int seed)
    {
        var random = new Random(seed);
        string[] names = ["a", "b", "d", "d/a", "d/e", "d/e/a", "l", "l/a", ".", "d/..", "d/", "e/../a"];
        string[] verbs =
        [
            "create", "open", "excl", "trunc", "mkdir", "rmdir", "unlink", "rename", "link", "symlink", "stat", "lstat", "readlink",
            "write", "read", "pwrite", "pread", "truncate", "opendir", "realpath", "access", "chmod",
        ];
        var script = new List<string>();
        for (int i = 0; i < 400; i++)
        {
            string verb = verbs[random.Next(verbs.Length)], name = names[random.Next(names.Length)];
            script.Add(verb switch
            {
                "rename" or "link" => $"{verb} {name} {names[random.Next(names.Length)]}",
                "symlink" => $"{verb} {names[random.Next(6)]} {name}",
                "write" => $"{verb} {name} {new string('w', random.Next(1, 40))}",
                "pwrite" => $"{verb} {name} {random.Next(100_000)} x",
                "pread" => $"{verb} {name} {random.Next(100_000)} 7",
                "truncate" => $"{verb} {name} {random.Next(100_000)}",
                "chmod" => $"{verb} {name} {random.Next(512)}",
                _ => $"{verb} {name}",
            });
        }

        Compare([.. script]);
    }

    private void Compare(string[] script)
    {
        for (int i = 0; i < script.Length; i++)
        {
            string real = new Player(_real, new RealCalls()).Play(script[i]);
            string ours = new Player(_ours, new OurCalls()).Play(script[i]);
            Assert.True(real == ours, $"step {i} `{script[i]}`: Linux: {real}; here: {ours}\n{string.Join("; ", script[..(i + 1)])}");
        }
    }

    private static byte[] Z(string text) => Encoding.UTF8.GetBytes(text + "\0");

    /// <summary>Carries out one step through a set of calls and describes what happened.</summary>
    private sealed class Player(string root, ICalls calls)
    {
        public string Play(string step)
        {
            string[] words = step.Split(' ');
            fixed (byte* path = Z(root + "/" + words[1]))
            fixed (byte* other = Z(words.Length > 2 ? root + "/" + words[2] : ""))
            fixed (byte* text = Z(words[1]))
            {
                return words[0] switch
                {
                    "create" => Opened(path, 2 | 0x20),
                    "open" => Opened(path, 0),
                    "excl" => Opened(path, 2 | 0x60),
                    "trunc" => Opened(path, 1 | 0x80),
                    "mkdir" => Result(calls.MkDir(path, 0x1FF)),
                    "rmdir" => Result(calls.RmDir(path)),
                    "unlink" => Result(calls.Unlink(path)),
                    "rename" => Result(calls.Rename(path, other)),
                    "link" => Result(calls.Link(path, other)),
                    "symlink" => Result(calls.SymLink(text, other)),
                    "stat" => Status(calls.Stat, path),
                    "lstat" => Status(calls.LStat, path),
                    "access" => Result(calls.Access(path, 4)),
                    "chmod" => Result(calls.ChMod(path, int.Parse(words[2]))),
                    "readlink" => LinkText(path),
                    "realpath" => RealPath(path),
                    "opendir" => Entries(path),
                    "write" => With(path, 1 | 0x80, (fd, bytes) => calls.Write(fd, bytes, words[2].Length), words[2]),
                    "pwrite" => With(path, 2, (fd, bytes) => calls.PWrite(fd, bytes, 1, long.Parse(words[2])), words[3]),
                    "read" => With(path, 0, (fd, bytes) => calls.Read(fd, bytes, 200), null),
                    "pread" => With(path, 0, (fd, bytes) => calls.PRead(fd, bytes, int.Parse(words[3]), long.Parse(words[2])), null),
                    "truncate" => With(path, 2, (fd, _) => calls.FTruncate(fd, long.Parse(words[2])), ""),
                    _ => throw new ArgumentException(step),
                };
            }
        }

        private delegate long FileCall(nint descriptor, byte* bytes);

        private delegate int StatusCall(byte* path, FileStatus* status);

        private string Result(long result) => result < 0 ? "error " + calls.LastError : result.ToString();

        private string Opened(byte* path, int flags)
        {
            nint descriptor = calls.Open(path, flags, 0x1A4);
            if (descriptor < 0)
                return Result(descriptor);
            calls.Close(descriptor);
            return "opened";
        }

        private string With(byte* path, int flags, FileCall call, string? text)
        {
            nint descriptor = calls.Open(path, flags, 0x1A4);
            if (descriptor < 0)
                return "open: " + Result(descriptor);
            byte[] buffer = new byte[256];
            if (text is not null)
                Encoding.UTF8.GetBytes(text, buffer);
            string result;
            fixed (byte* bytes = buffer)
            {
                long count = call(descriptor, bytes);
                result = Result(count);
                if (text is null && count > 0)
                    result += " " + Convert.ToHexString(buffer, 0, (int)count);
            }

            calls.Close(descriptor);
            return result;
        }

        private string Status(StatusCall call, byte* path)
        {
            FileStatus s;
            if (call(path, &s) != 0)
                return Result(-1);
            bool directory = (s.Mode & FileMode.TypeMask) == FileMode.Directory;
            return $"mode {Convert.ToString(s.Mode, 8)} size {(directory ? 0 : s.Size)} uid {s.Uid}";
        }

        private string LinkText(byte* path)
        {
            byte* buffer = stackalloc byte[100];
            int count = calls.ReadLink(path, buffer, 100);
            return count < 0 ? Result(count) : Encoding.UTF8.GetString(buffer, count);
        }

        private string RealPath(byte* path)
        {
            byte* result = calls.RealPath(path);
            if (result == null)
                return Result(-1);
            string text = Marshal.PtrToStringUTF8((nint)result)!;
            NativeMemory.Free(result);
            return text.Replace(root, "ROOT", StringComparison.Ordinal);
        }

        private string Entries(byte* path)
        {
            nint stream = calls.OpenDir(path);
            if (stream == 0)
                return Result(-1);
            var names = new List<string>();
            DirectoryEntryPoints.DirectoryEntry entry;
            while (calls.ReadDir(stream, &entry) == 0)
                names.Add(Marshal.PtrToStringUTF8((nint)entry.Name) + ":" + entry.Type);
            calls.CloseDir(stream);
            names.Sort(StringComparer.Ordinal);
            return string.Join(' ', names);
        }
    }
}
