using System.Net.Sockets;

Socket socket = new Socket(SocketType.Stream, ProtocolType.Tcp); // UKN1020
System.Console.WriteLine(socket.Blocking);
