// Makes and checks what Pavise reads and writes of transparency logs, by golang.org/x/mod/sumdb (tlog, note) and filippo.io/torchwood:
// "make" prints vectors, "leaves" commits to entries of the audit log, "check" reads what Pavise wrote and says what is wrong with it.
// test/interop/tlog.ts runs it.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	origin      = "log.example.org/audit"
	witnessName = "witness.example.org/w1"
)

type inclusion struct {
	Index int64    `json:"index"`
	Proof [][]byte `json:"proof"`
}

type consistency struct {
	First int64    `json:"first"`
	Proof [][]byte `json:"proof"`
}

type tree struct {
	Size int64  `json:"size"`
	Root []byte `json:"root"`
	// Hex SHA-256 over the lines "path SHA-256", sorted, of all tiles and bundles.
	Digest string `json:"digest"`
	// By path: hex SHA-256 of what "make" made, base64 of what "check" reads.
	Tiles       map[string]string `json:"tiles"`
	Inclusion   []inclusion       `json:"inclusion"`
	Consistency []consistency     `json:"consistency"`
}

type notes struct {
	LogKey     string   `json:"logKey"`
	WitnessKey string   `json:"witnessKey"`
	Notes      []string `json:"notes"`
}

type all struct {
	Trees []tree `json:"trees"`
	notes
}

func main() {
	log.SetFlags(0)
	switch {
	case len(os.Args) == 2 && os.Args[1] == "make":
		must(json.NewEncoder(os.Stdout).Encode(all{makeTrees(), makeNotes()}))
	case len(os.Args) == 2 && os.Args[1] == "leaves":
		var entries []json.RawMessage
		must(json.NewDecoder(os.Stdin).Decode(&entries))
		leaves := []leaf{}
		for i, entry := range entries {
			leaves = append(leaves, makeLeaf(i, entry))
		}
		must(json.NewEncoder(os.Stdout).Encode(leaves))
	case len(os.Args) == 2 && os.Args[1] == "check":
		var given all
		must(json.NewDecoder(os.Stdin).Decode(&given))
		for _, t := range given.Trees {
			checkTree(t)
		}
		checkNotes(given.notes)
	default:
		log.Fatal("say make, leaves or check")
	}
}

// entry is as long as an entry of the audit log: its prefix, then 32 bytes.
func entry(i int64) []byte {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(i))
	sum := sha256.Sum256(number[:])
	return append([]byte("pavise.audit.entry/1\n"), sum[:]...)
}

// build stores the hashes of a tree in the order of tlog.StoredHashIndex.
func build(size int64) tlog.HashReader {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for i := int64(0); i < size; i++ {
		hashes, err := tlog.StoredHashes(i, entry(i), reader)
		must(err)
		stored = append(stored, hashes...)
	}
	return reader
}

func makeTrees() (trees []tree) {
	sizes := []int64{1, 2, 3, 7, 8, 255, 256, 257, 1000, 65535, 65537, 70000}
	reader := build(sizes[len(sizes)-1])
	for at, size := range sizes {
		root, err := tlog.TreeHash(size, reader)
		must(err)
		t := tree{Size: size, Root: root[:], Tiles: map[string]string{}}
		for _, tile := range tlog.NewTiles(torchwood.TileHeight, 0, size) {
			data, err := tlog.ReadTileData(tile, reader)
			must(err)
			t.Tiles[torchwood.TilePath(tile)] = digest(data)
			if tile.L == 0 {
				var bundle []byte
				for i := range int64(tile.W) {
					bundle, err = torchwood.AppendTileEntry(bundle, entry(tile.N*256+i))
					must(err)
				}
				tile.L = -1
				t.Tiles[torchwood.TilePath(tile)] = digest(bundle)
			}
		}
		for _, index := range []int64{0, 1, size / 3, size / 2, size - 1} {
			if index >= size {
				continue
			}
			proof, err := tlog.ProveRecord(size, index, reader)
			must(err)
			t.Inclusion = append(t.Inclusion, inclusion{index, bytesOf(proof)})
		}
		for _, first := range sizes[:at+1] {
			proof, err := tlog.ProveTree(size, first, reader)
			must(err)
			t.Consistency = append(t.Consistency, consistency{first, bytesOf(proof)})
		}
		var lines []string
		for path, hash := range t.Tiles {
			lines = append(lines, path+" "+hash+"\n")
		}
		sort.Strings(lines)
		t.Digest = digest([]byte(strings.Join(lines, "")))
		if len(t.Tiles) > 20 {
			t.Tiles = nil
		}
		trees = append(trees, t)
	}
	return trees
}

func checkTree(t tree) {
	root := hashOf(t.Root)
	for _, p := range t.Inclusion {
		must(tlog.CheckRecord(hashesOf(p.Proof), t.Size, root, p.Index, tlog.RecordHash(entry(p.Index))))
	}
	reader := build(t.Size)
	for _, p := range t.Consistency {
		older, err := tlog.TreeHash(p.First, reader)
		must(err)
		must(tlog.CheckTree(hashesOf(p.Proof), t.Size, root, p.First, older))
	}
	// Every tile is read and authenticated against the root, by its path.
	hashes := tlog.TileHashReader(tlog.Tree{N: t.Size, Hash: root}, tiles(t.Tiles))
	indexes := make([]int64, t.Size)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, int64(i))
	}
	leaves, err := hashes.ReadHashes(indexes)
	must(err)
	for path, text := range t.Tiles {
		tile, err := torchwood.ParseTilePath(path)
		must(err)
		if tile.L != -1 {
			continue
		}
		rest, err := base64.StdEncoding.DecodeString(text)
		must(err)
		for i := range int64(tile.W) {
			var record []byte
			record, rest, err = torchwood.ReadTileEntry(rest)
			must(err)
			if tlog.RecordHash(record) != leaves[tile.N*256+i] {
				log.Fatalf("%s: entry %d is not the one of the tree", path, i)
			}
		}
		if len(rest) > 0 {
			log.Fatalf("%s: %d bytes too many", path, len(rest))
		}
	}
	fmt.Printf("tree of %d: %d tiles and bundles, %d inclusion proofs, %d consistency proofs\n", t.Size, len(t.Tiles), len(t.Inclusion), len(t.Consistency))
}

func makeNotes() notes {
	logKey := ed25519.NewKeyFromSeed(seed("log"))
	logSigner, err := note.NewSigner(skey(origin, logKey))
	must(err)
	witness, err := torchwood.NewCosignatureSigner(witnessName, ed25519.NewKeyFromSeed(seed("witness")))
	must(err)
	other, err := note.NewSigner(skey("other.example.org", ed25519.NewKeyFromSeed(seed("other"))))
	must(err)
	vkey, err := note.NewEd25519VerifierKey(origin, logKey.Public().(ed25519.PublicKey))
	must(err)
	reader := build(1000)
	made := notes{LogKey: vkey, WitnessKey: witness.Verifier().String()}
	for _, signers := range [][]note.Signer{{logSigner}, {logSigner, witness}, {other, logSigner, witness}} {
		root, err := tlog.TreeHash(1000, reader)
		must(err)
		text := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: 1000, Hash: root}}.String()
		signed, err := note.Sign(&note.Note{Text: text}, signers...)
		must(err)
		made.Notes = append(made.Notes, string(signed))
	}
	return made
}

func checkNotes(given notes) {
	logVerifier, err := note.NewVerifier(given.LogKey)
	must(err)
	witness := cosignatureVerifier(given.WitnessKey)
	for i, text := range given.Notes {
		opened, err := note.Open([]byte(text), note.VerifierList(logVerifier, witness))
		must(err)
		checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
		must(err)
		fmt.Printf("note %d: size %d, %d signatures verified, %d of others\n", i, checkpoint.N, len(opened.Sigs), len(opened.UnverifiedSigs))
	}
}

// cosignatureVerifier makes one from a vkey, which torchwood 0.6 reads only from a private key: the seed is the one of make.
func cosignatureVerifier(vkey string) note.Verifier {
	signer, err := torchwood.NewCosignatureSigner(witnessName, ed25519.NewKeyFromSeed(seed("witness")))
	must(err)
	if signer.Verifier().String() != vkey {
		log.Fatalf("the witness has another key: %s", vkey)
	}
	return signer.Verifier()
}

// tiles reads the tiles that were given, base64 by path.
type tiles map[string]string

func (t tiles) Height() int { return torchwood.TileHeight }

func (t tiles) ReadTiles(wanted []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range wanted {
		bytes, err := base64.StdEncoding.DecodeString(t[torchwood.TilePath(tile)])
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// seed is what a test key is made from; nobody may use these keys for anything else.
func seed(name string) []byte {
	sum := sha256.Sum256([]byte("pavise test key " + name))
	return sum[:]
}

func skey(name string, key ed25519.PrivateKey) string {
	vkey, err := note.NewEd25519VerifierKey(name, key.Public().(ed25519.PublicKey))
	must(err)
	private := base64.StdEncoding.EncodeToString(append([]byte{1}, key.Seed()...))
	return "PRIVATE+KEY+" + vkey[:len(name)+len("+01234567+")] + private
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func bytesOf(hashes []tlog.Hash) [][]byte {
	out := [][]byte{}
	for _, hash := range hashes {
		out = append(out, hash[:])
	}
	return out
}

func hashesOf(proof [][]byte) (hashes []tlog.Hash) {
	for _, bytes := range proof {
		hashes = append(hashes, hashOf(bytes))
	}
	return hashes
}

func hashOf(bytes []byte) (hash tlog.Hash) {
	if len(bytes) != len(hash) {
		log.Fatalf("%d bytes are no hash", len(bytes))
	}
	copy(hash[:], bytes)
	return hash
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
