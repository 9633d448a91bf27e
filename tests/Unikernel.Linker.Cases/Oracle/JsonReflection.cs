using System.Text.Json; using System.Diagnostics.CodeAnalysis;
Try(() => Console.WriteLine(Ser(new Plain { Id = 7, Name = "n", Tags = { "a", "b" }, Next = new Plain { Name = "m" } }))); Try(() => Console.WriteLine(De<Plain>("""{"Id":3,"Name":"x","Tags":["y"],"Next":{"Id":4}}""")!.Next!.Id));
Try(() => Console.WriteLine(Ser(new Dictionary<string, string> { ["k"] = "v" }))); Try(() => Console.WriteLine(De<string[]>("""["a","b"]""")!.Length)); Try(() => Console.WriteLine(De<Plain>("""{"Id":"no"}""")));
Try(() => { var o = new Order { Id = 7, Lines = { new Line { Name = "x", Price = 1.5m, Tags = { ["a"] = 1 } } }, When = new DateTime(2020,1,2), Kind = Kind.B };
string s = Ser(o); Console.WriteLine(s); var back = De<Order>(s); Console.WriteLine(back!.Lines[0].Tags["a"] + " " + back.Kind + " " + back.Point); });
static void Try(Action body) { try { body(); } catch (Exception e) { Console.WriteLine(e); } }
static string Ser<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(T t) => JsonSerializer.Serialize(t);
static T? De<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(string s) => JsonSerializer.Deserialize<T>(s);
class Plain { public int Id { get; set; } public string? Name { get; set; } public List<string> Tags { get; set; } = new(); public Plain? Next { get; set; } }
enum Kind { A, B }
record struct Pt(int X, int Y);
class Order { public int Id { get; set; } public List<Line> Lines { get; set; } = new(); public DateTime When { get; set; } public Kind Kind { get; set; } public Pt Point { get; set; } = new(1,2); }
class Line { public string? Name { get; set; } public decimal Price { get; set; } public Dictionary<string,int> Tags { get; set; } = new(); }
