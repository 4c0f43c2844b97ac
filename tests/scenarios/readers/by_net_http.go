// SPDX-License-Identifier: MIT
// As by_requests.py, with net/http, which asks for gzip and unpacks it by itself.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	answer, err := http.Get(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	hash := sha256.New()
	length, err := io.Copy(hash, answer.Body)
	if err != nil {
		log.Fatal(err)
	}
	coding := "identity"
	if answer.Uncompressed {
		coding = "gzip"
	}
	fmt.Printf("%s %x %d\n", coding, hash.Sum(nil), length)
}
