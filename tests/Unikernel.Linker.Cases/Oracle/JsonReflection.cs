using System.Text.Json; using System.Diagnostics.CodeAnalysis;
var o = new Order { Id = 7, Lines = { new Line { Name = "x", Price = 1.5m, Tags = { ["a"] = 1 } } }, When = new DateTime(2020,1,2), Kind = Kind.B };
string s = Ser(o); Console.WriteLine(s); var back = De<Order>(s); Console.WriteLine(back!.Lines[0].Tags["a"] + " " + back.Kind + " " + back.Point);
static string Ser<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(T t) => JsonSerializer.Serialize(t);
static T? De<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(string s) => JsonSerializer.Deserialize<T>(s);
enum Kind { A, B }
record struct Pt(int X, int Y);
class Order { public int Id { get; set; } public List<Line> Lines { get; set; } = new(); public DateTime When { get; set; } public Kind Kind { get; set; } public Pt Point { get; set; } = new(1,2); }
class Line { public string? Name { get; set; } public decimal Price { get; set; } public Dictionary<string,int> Tags { get; set; } = new(); }
